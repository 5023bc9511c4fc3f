"""The guard: every side of the sealed world but HTTP and clients, in the order in which they are set up.

The environment comes first and leaves last, because it remembers the process and puts it back.
"""

from __future__ import annotations

from typing import Final

from taskcontract.world.budget import BudgetLayer
from taskcontract.world.chance import ChanceLayer
from taskcontract.world.clock import ClockLayer
from taskcontract.world.environment import EnvironmentLayer, environment_changes, mend
from taskcontract.world.files import FileLayer, inside_changes
from taskcontract.world.network import NetworkLayer
from taskcontract.world.processes import ProcessLayer
from taskcontract.world.state import Layer
from taskcontract.world.threads import ThreadLayer

BUDGET: Final = BudgetLayer()
"""The limits of a run; its attributes may be set before the runs that they are for."""

LAYERS: Final[tuple[Layer, ...]] = (
    EnvironmentLayer(),
    ChanceLayer(),
    NetworkLayer(),
    ProcessLayer(),
    FileLayer(),
    ThreadLayer(),
    ClockLayer(),
    BUDGET,
)

__all__ = ["BUDGET", "LAYERS", "environment_changes", "inside_changes", "mend"]
