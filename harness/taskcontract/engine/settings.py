"""What a run of the engine is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from taskcontract.config import Config


@dataclass(frozen=True, slots=True)
class Settings:
    """`targets` are modules, packages, `module:Class`, files or folders; `clauses` the codes to judge (None: all).

    `profile` is 'quick', 'default' or 'thorough'; `seed` fixes what is drawn; `jobs` is how many worker processes judge.
    """

    targets: tuple[str, ...]
    clauses: frozenset[str] | None = None
    profile: str = "default"
    seed: int = 0
    jobs: int = 1
    config: Config = field(default_factory=Config)

    @property
    def examples(self) -> int:
        """How many examples a property search draws for one cell."""
        return {"quick": 4, "thorough": 200}.get(self.profile, 6)
