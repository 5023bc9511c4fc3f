"""Values for a recording from a file: too many, or too long, to type."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from taskcontract.errors import UsageError


def values_in(path: str) -> dict[str, Any]:
    """The values in a TOML (.toml) or JSON file, by parameter. Raises UsageError that says what is wrong with it."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--values {path}: it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"--values {path}: it is not UTF-8 (byte {error.start})") from None
    try:
        found = tomllib.loads(text) if path.endswith(".toml") else json.loads(text)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        kind = "TOML" if path.endswith(".toml") else "JSON (a TOML file's name ends in .toml)"
        raise UsageError(f"--values {path}: it is no {kind}: {error}") from None
    if not isinstance(found, dict):
        raise UsageError(f"--values {path}: it must map names to values")
    return found
