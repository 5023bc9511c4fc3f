"""A task bound in a Prefect 1 flow, serialised as registration would, and run by the flow's own runner, here and now."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import cloudpickle
import prefect
from prefect.engine import signals
from prefect.engine.flow_runner import FlowRunner
from prefect.engine.state import Success
from prefect.engine.task_runner import TaskRunner
from prefect.executors import LocalExecutor

from taskcontract.frameworks.prefect1_context import shared_configuration
from taskcontract.frameworks.protocol import Phase

_FINISHED = "Task run succeeded."


def run_bound(task: Any, call: Mapping[str, Any], phase: Callable[[Phase], None]) -> Any:
    """Bind `task` with constants in a flow, send the flow through both of Prefect's serialisations, run it, give the result.

    Raises what the task raised, as it raised it, or what binding or serialising raised. A retry is not waited for.
    """
    phase("bind")
    flow = prefect.Flow("contract-flow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # serialising warns of what is to come in the serialiser
        with flow:
            bound = task(**call)
        json.dumps(flow.serialize())
    slug = flow.slugs[bound]
    sent = cloudpickle.loads(cloudpickle.dumps(flow))
    ours = next(t for t in sent.tasks if sent.slugs[t] == slug)
    phase("run")
    return _run(sent, ours)


def _run(flow: Any, task: Any) -> Any:
    outcomes: list[Any] = []

    class Runner(TaskRunner):
        """Keeps how the task itself ended, before retries are arranged for."""

        def check_for_retry(self, state: Any, inputs: Any) -> Any:
            if self.task is task:
                outcomes.append(state)
            return super().check_for_retry(state, inputs)

    with shared_configuration():
        runner = FlowRunner(flow=flow, task_runner_cls=Runner)
        final = runner.run(return_tasks={task}, executor=LocalExecutor())
    if outcomes:
        return _outcome(outcomes[-1])
    states = final.result if isinstance(final.result, dict) else {}
    return _outcome(states.get(task, final))


def _outcome(state: Any) -> Any:
    """The value of a run that ended by returning; raises what ended any other."""
    result = state.result
    if isinstance(result, signals.PrefectStateSignal):
        raise result
    if type(state) is Success and (state.message == _FINISHED or not state.message):  # a constant succeeds without a word
        return result
    if isinstance(result, BaseException):
        raise result
    if state.is_cached():
        return result
    raise signals.signal_from_state(state)(state.message, result=result)
