"""A sample value for every option that Prefect 1's `Task.__init__` takes, and how to see that it arrived.

The names come from the installed signature, so that an option of a newer release is sampled too: by what is known about it
here, or by its annotation and default.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from prefect import Task

from taskcontract.frameworks.protocol import OptionSample
from taskcontract.model import Value

_DATETIME = ("import datetime",)
_PREFECT = ("import prefect",)
_STATES = ("def keep_state(task, old, new):\n    return new",)
_FAILURE = ("def note_failure(task, state):\n    return None",)

_KNOWN: dict[str, OptionSample] = {
    sample.name: sample
    for sample in (
        OptionSample("name", Value("'contract name'", (), "text"), "name", "task.name", "'contract name'"),
        OptionSample("slug", Value("'contract-slug'", (), "text"), "slug", "task.slug", "'contract-slug'"),
        OptionSample("tags", Value("['contract-tag']", (), "list"), "tags", "'contract-tag' in task.tags", "True"),
        OptionSample("max_retries", Value("3", (), "int"), "max_retries", "task.max_retries", "3", ("retry_delay",)),
        OptionSample(
            "retry_delay",
            Value("datetime.timedelta(seconds=7)", _DATETIME, "timedelta"),
            "retry_delay",
            "task.retry_delay",
            "datetime.timedelta(seconds=7)",
            ("max_retries",),
        ),
        OptionSample(
            "retry_on",
            Value("ValueError", (), "type"),
            "retry_on",
            "task.retry_on",
            "{ValueError}",
            ("max_retries", "retry_delay"),
        ),
        OptionSample("timeout", Value("3607", (), "int"), "timeout", "task.timeout", "3607"),
        OptionSample(
            "trigger",
            Value("prefect.triggers.all_finished", _PREFECT, "callable"),
            "trigger",
            "task.trigger",
            "prefect.triggers.all_finished",
        ),
        OptionSample(
            "skip_on_upstream_skip", Value("False", (), "bool"), "skip_on_upstream_skip", "task.skip_on_upstream_skip", "False"
        ),
        OptionSample(
            "cache_for",
            Value("datetime.timedelta(hours=5)", _DATETIME, "timedelta"),
            "cache_for",
            "task.cache_for",
            "datetime.timedelta(hours=5)",
        ),
        OptionSample(
            "cache_validator",
            Value(
                "prefect.engine.cache_validators.all_inputs", ("import prefect.engine.cache_validators", *_PREFECT), "callable"
            ),
            "cache_validator",
            "task.cache_validator",
            "prefect.engine.cache_validators.all_inputs",
            ("cache_for",),
        ),
        OptionSample("cache_key", Value("'contract-cache'", (), "text"), "cache_key", "task.cache_key", "'contract-cache'"),
        OptionSample("checkpoint", Value("False", (), "bool"), "checkpoint", "task.checkpoint", "False"),
        OptionSample(
            "result",
            Value("prefect.engine.results.PrefectResult()", ("import prefect.engine.results", *_PREFECT), "result"),
            "result",
            "type(task.result)",
            "prefect.engine.results.PrefectResult",
        ),
        OptionSample("target", Value("'contract-target.json'", (), "text"), "target", "task.target", "'contract-target.json'"),
        OptionSample(
            "state_handlers",
            Value("[keep_state]", _STATES, "list"),
            "state_handlers",
            "keep_state in task.state_handlers",
            "True",
        ),
        OptionSample(
            "on_failure",
            Value("note_failure", _FAILURE, "callable"),
            "state_handlers",
            "len(task.state_handlers) > 0",
            "True",
        ),
        OptionSample("log_stdout", Value("True", (), "bool"), "log_stdout", "task.log_stdout", "True"),
        OptionSample(
            "task_run_name", Value("'contract run'", (), "text"), "task_run_name", "task.task_run_name", "'contract run'"
        ),
        OptionSample("nout", Value("2", (), "int"), "nout", "task.nout", "2"),
    )
}


def samples() -> Iterator[OptionSample]:
    """One sample for each option of the installed `Task.__init__`, in its order."""
    parameters = list(inspect.signature(Task.__init__).parameters.values())[1:]
    names = {p.name for p in parameters}
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        known = _KNOWN.get(parameter.name)
        if known is not None and set(known.needs) <= names:
            yield known
        elif known is None:
            guessed = guess(parameter)
            if guessed is not None:
                yield guessed


def guess(parameter: inspect.Parameter) -> OptionSample | None:
    """A sample for an option that is not known here; None when neither its default nor its annotation says what it takes."""
    annotation = str(getattr(parameter.annotation, "__name__", parameter.annotation))
    default = parameter.default
    if isinstance(default, bool) or "bool" in annotation:
        code = repr(not default)
    elif "str" in annotation or isinstance(default, str):
        code = repr(f"contract-{parameter.name}")
    elif "int" in annotation or "float" in annotation or isinstance(default, (int, float)):
        code = "4711"
    elif "timedelta" in annotation:
        code = "datetime.timedelta(seconds=4711)"
    else:
        return None
    setup = _DATETIME if "datetime" in code else ()
    return OptionSample(parameter.name, Value(code, setup), parameter.name, f"task.{parameter.name}", code)
