"""taskcontract: proves that the tasks of a task library honour the contract that the library promises."""

if __name__ != "taskcontract":
    raise ImportError(
        f"taskcontract was imported as {__name__!r}. Its source root is the folder that holds it: "
        "put that folder on the path (or install the project) and `import taskcontract`."
    )

__version__ = "0.1.0"
