"""Writes a recording as a cassette that vcrpy plays too. What was there before stays until the new one is complete."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from taskcontract.cassettes.recording import Recording
from taskcontract.cassettes.vcr_form import vcr_form
from taskcontract.errors import CassetteError


def save(recording: Recording, path: str | Path) -> None:
    """Write `recording` to `path`: JSON if its name ends in .json, YAML otherwise; its folder is made if need be.

    Raises CassetteError if it cannot be written; the old file is then as it was.
    """
    path = Path(path)
    content = written(recording, path)
    made = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(made, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        os.replace(made, path)
    except OSError as error:
        raise CassetteError(
            f"{path}: it cannot be written ({error.strerror}); what was there is unchanged. Check the folder's permissions"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            if made and os.path.exists(made):
                os.unlink(made)


def written(recording: Recording, path: str | Path) -> bytes:
    """The content that `save` writes. Raises CassetteError for what the form cannot hold."""
    data = vcr_form(recording)
    if str(path).endswith(".json"):
        return (json.dumps(_json_able(data, str(path)), indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
    try:
        text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, width=120, sort_keys=True)
    except yaml.YAMLError as error:
        raise CassetteError(f"{path}: the recorded values cannot be kept in YAML ({error}); give plain values") from None
    return str(text).encode()


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Safe YAML without anchors: a cassette is read by people too."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _json_able(data: dict[str, Any], path: str) -> dict[str, Any]:
    """The same data; JSON has no bytes, and vcrpy has no form for them there."""
    for number, interaction in enumerate(data["interactions"]):
        if isinstance(interaction["request"]["body"], bytes):
            raise CassetteError(f"{path}: the request of interaction {number} has bytes that are no text; save it as YAML")
        body = interaction["response"]["body"]
        if isinstance(body["string"], bytes):
            raise CassetteError(f"{path}: the answer of interaction {number} has bytes that are no text; save it as YAML")
    return data


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
