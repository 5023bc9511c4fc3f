"""The nouns every part of the harness speaks in: plain, frozen, made of the standard library only.

Nothing here runs a task, reads a file or knows Prefect. A description (`TaskSpec`) says what a task looks like, a `Case`
says how to run it once, an `Observation` says what was seen, a `Finding` says what that means for one subject of one clause,
and a `Cell` is all findings of one clause about one task.
"""

from __future__ import annotations

from taskcontract.model.arrival import Arrival
from taskcontract.model.case import Answers, Case, Route, Twist, Value
from taskcontract.model.kept import Kept
from taskcontract.model.report import Cell, Finding, Level, Probe, Report, TaskRow, Verdict
from taskcontract.model.seen import (
    NOT_MADE_ODD,
    UNTOLD,
    Answered,
    Change,
    Effect,
    EffectKind,
    Foreign,
    Fork,
    Observation,
    Outcome,
    Read,
    ResultSeen,
)
from taskcontract.model.signed import Signed
from taskcontract.model.task import MISSING, Fact, Parameter, Source, TaskRef, TaskSpec, Unimportable

__all__ = [
    "MISSING",
    "NOT_MADE_ODD",
    "UNTOLD",
    "Answered",
    "Answers",
    "Arrival",
    "Case",
    "Cell",
    "Change",
    "Effect",
    "EffectKind",
    "Fact",
    "Finding",
    "Foreign",
    "Fork",
    "Kept",
    "Level",
    "Observation",
    "Outcome",
    "Parameter",
    "Probe",
    "Read",
    "Report",
    "ResultSeen",
    "Route",
    "Signed",
    "Source",
    "TaskRef",
    "TaskRow",
    "TaskSpec",
    "Twist",
    "Unimportable",
    "Value",
    "Verdict",
]
