"""Values: from a description to the configurations a task works with."""

from taskcontract.values.baseline import Baseline, find_baseline
from taskcontract.values.configuration import Configuration
from taskcontract.values.fields import fields, objects
from taskcontract.values.make import alternative, candidates, falsy, make, token

__all__ = [
    "Baseline",
    "Configuration",
    "alternative",
    "candidates",
    "falsy",
    "fields",
    "find_baseline",
    "make",
    "objects",
    "token",
]
