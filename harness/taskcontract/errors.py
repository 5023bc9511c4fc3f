"""The errors taskcontract raises towards its user. Each message says what happened and what to do."""


class TaskcontractError(Exception):
    """Base of all errors that are the user's to mend. The command line prints it and exits with `exit_code`."""

    exit_code = 2


class UsageError(TaskcontractError):
    """A target, selector or option that cannot be used as given."""


class ConfigError(TaskcontractError):
    """A key or value of `[tool.taskcontract]` that cannot be used; names the file, the key and the nearest known one."""


class CassetteError(TaskcontractError):
    """A recording that cannot be read, written or made; names the file, what is wrong with it and what to do."""
