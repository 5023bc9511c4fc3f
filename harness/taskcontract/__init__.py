"""taskcontract: proves that the tasks of a task library honour the contract that the library promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if __name__ != "taskcontract":
    raise ImportError(
        f"taskcontract was imported as {__name__!r}. Its source root is the folder that holds it: "
        "put that folder on the path (or install the project) and `import taskcontract`."
    )

if TYPE_CHECKING:
    from taskcontract.testing import check_task, contract, observe, parametrize_contract

__all__ = ["check_task", "contract", "observe", "parametrize_contract"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The names of `taskcontract.testing`, imported when first used: the plugin must cost nothing until then."""
    if name in __all__:
        from taskcontract import testing

        return getattr(testing, name)
    raise AttributeError(f"module 'taskcontract' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
