"""Asks whoever types, where somebody does."""

from __future__ import annotations

import sys

import click

from taskcontract.record.consent import Ask


class Terminal:
    """Questions on the terminal; they go to standard error, so that what is printed can be kept."""

    def value(self, name: str, offered: str) -> str:
        """Asks for a value; Enter accepts what is offered."""
        return str(click.prompt(f"{name} is sent to the real service; its value (JSON or text)", default=offered, err=True))

    def without(self, name: str, why: str) -> bool:
        """Asks whether to go on; Enter says no."""
        return click.confirm(f"{name}: there is no credential in {why}; go on without?", default=False, err=True)


def at_terminal() -> Ask | None:
    """Whom to ask: None where input or output is no terminal."""
    return Terminal() if sys.stdin.isatty() and sys.stderr.isatty() else None
