"""The facts behind a symbolic object: where it stands, how it came to be, what was set on it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taskcontract.world import state
from taskcontract.world.phantom_state import record


@dataclass(slots=True)
class Birth:
    """How an object came to be, so that a later run that finds it in a cache sees the effect that its own run would have."""

    what: str
    detail: Any
    run: weakref.ref[state.Run] | None
    constructing: bool
    parent: Birth | None

    def revive(self, via: str) -> None:
        """Record the birth again when another run works with the object for the first time."""
        if self.parent is not None:
            self.parent.revive(via)
        run = state.active()
        if run is not None and self.run is not None and self.run() is not run:
            self.run = weakref.ref(run)
            record(self.what, via, self.detail, constructing=self.constructing)


@dataclass(slots=True, weakref_slot=True, eq=False)
class Node:
    """The facts of one symbolic object.

    `sets` and `items` are what the task put there. `owner` is what it is an attribute of, held weakly: without cycles a client
    is gone as soon as the run lets go of it, and a cache that holds it weakly forgets it. `kind` is the exact type that the
    real client gives there ("bytes"), where that is known.
    """

    path: str
    name: str
    via: str
    data: bool = False
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    sets: dict[str, Any] = field(default_factory=dict)
    items: dict[Any, Any] = field(default_factory=dict)
    children: dict[str, Any] = field(default_factory=dict)
    owner: weakref.ref[Node] | None = None
    birth: Birth | None = None
    kind: str = ""

    def configured(self, depth: int = 4) -> dict[str, Any]:
        """Everything that was set on the object or on what hangs from it."""
        found = {**self.sets, **{f"[{key!r}]": value for key, value in self.items.items()}}
        if depth:
            for name, child in self.children.items():
                node = getattr(child, "_tc", None)  # a row has none: nothing can be set on it
                if name not in found and node is not None and node.configured(depth - 1):
                    found[name] = child
        return found

    def around(self) -> dict[str, Any]:
        """What is configured on the objects that this one is an attribute of: the state a method works with."""
        found: dict[str, Any] = {}
        owner = self.owner() if self.owner is not None else None
        while owner is not None:
            found = {**owner.sets, **{f"[{key!r}]": value for key, value in owner.items.items()}, **found}
            owner = owner.owner() if owner.owner is not None else None
        return found
