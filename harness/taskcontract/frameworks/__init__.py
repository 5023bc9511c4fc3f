"""The only part that imports Prefect, lazily: which generation is installed, and the one protocol that both stand behind."""

from __future__ import annotations

import functools
from importlib import metadata

from taskcontract.errors import UsageError
from taskcontract.frameworks.protocol import Framework, OptionSample

__all__ = ["Framework", "OptionSample", "installed_framework"]


@functools.lru_cache(maxsize=1)
def installed_framework() -> Framework:
    """The framework for the Prefect that is installed, read from its metadata; Prefect itself is imported on first use.

    Raises UsageError when Prefect is not installed, or is of a generation that is not known here.
    """
    try:
        version = metadata.version("prefect")
    except metadata.PackageNotFoundError:
        raise UsageError("Prefect is not installed here: install it (for example `pip install 'prefect<2'`).") from None
    if version.partition(".")[0] == "1":
        from taskcontract.frameworks.prefect1 import Prefect1

        return Prefect1(version)
    raise UsageError(f"Prefect {version} is installed, and taskcontract judges Prefect 1 so far: `pip install 'prefect<2'`.")
