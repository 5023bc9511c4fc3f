"""Reads a cassette from its file: YAML or JSON, as vcrpy, pytest-recording and `taskcontract record` write them.

Nothing in a cassette is ever executed, and nothing in it makes reading it endless: a tag that would make a Python object is
an error, and so is a file of more than `MOST_YAML` or `MOST_JSON` bytes.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from taskcontract.cassettes.recording import Recording
from taskcontract.cassettes.safe_yaml import YamlError, read_yaml
from taskcontract.cassettes.vcr_form import recording_of
from taskcontract.errors import CassetteError

MOST_YAML: Final = 32 * 2**20
"""Bytes. YAML of this size takes some ten seconds to read; JSON is read twenty times as fast."""

MOST_JSON: Final = 256 * 2**20
"""Bytes."""

MOST_KEPT: Final = 64

_Stamp = tuple[str, int, int]
_by_stamp: OrderedDict[_Stamp, tuple[Recording, str]] = OrderedDict()
_by_content: OrderedDict[str, Recording] = OrderedDict()
_lock: Final = threading.Lock()


def load(path: str | Path) -> Recording:
    """The recording in a cassette. Raises CassetteError, which names the file, what is wrong with it and what to do.

    A file is read once as long as it does not change; contents that are the same are read once whatever their files.
    """
    return loaded(path)[0]


def loaded(path: str | Path) -> tuple[Recording, str]:
    """The recording in a cassette and the hash of the file's content. Raises CassetteError."""
    file = os.fspath(path)
    stamp = _stamp(file)
    with _lock:
        known = _by_stamp.get(stamp)
    if known is not None:
        return known
    content = _content(file)
    digest = hashlib.sha256(content).hexdigest()
    with _lock:
        recording = _by_content.get(digest)
    if recording is None:
        recording = recording_of(_parsed(content, file), file)
    recording = replace(recording, file=file)
    with _lock:
        _by_stamp[stamp] = (recording, digest)
        _by_content[digest] = recording
        while len(_by_stamp) > MOST_KEPT:
            _by_stamp.popitem(last=False)
        while len(_by_content) > MOST_KEPT:
            _by_content.popitem(last=False)
    return recording, digest


def _stamp(file: str) -> _Stamp:
    try:
        seen = os.stat(file)
    except FileNotFoundError:
        raise CassetteError(f"{file}: there is no such cassette; record it with `taskcontract record`") from None
    except (OSError, ValueError) as error:
        raise CassetteError(f"{file}: it cannot be read ({error}); check its name and permissions") from None
    if not os.path.isfile(file):
        raise CassetteError(f"{file}: it is no file; give one cassette, not the folder of them")
    most = MOST_JSON if file.endswith(".json") else MOST_YAML
    if seen.st_size > most:
        size, limit = seen.st_size // 2**20, most // 2**20
        more = "" if most == MOST_JSON else f", or keep it as JSON (.json), which may have {MOST_JSON // 2**20} MB"
        raise CassetteError(f"{file}: it has {size} MB, more than {limit}; record fewer requests or smaller answers{more}")
    return (file, seen.st_mtime_ns, seen.st_size)


def _content(file: str) -> bytes:
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise CassetteError(f"{file}: it cannot be read ({error.strerror}); check its permissions") from None
    if not content.strip():
        raise CassetteError(f"{file}: it is empty; record it again")
    return content


def _parsed(content: bytes, file: str) -> Any:
    with _no_collector():
        if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            try:
                return json.loads(content)
            except RecursionError:
                raise CassetteError(f"{file}: it is nested too deeply; record it again") from None
            except (UnicodeDecodeError, json.JSONDecodeError) as error:
                if file.endswith(".json"):
                    raise CassetteError(f"{file}: it is no JSON ({error}); was it cut short? Record it again") from None
        return _parsed_yaml(content, file)


def _parsed_yaml(content: bytes, file: str) -> Any:
    try:
        return read_yaml(content)
    except YamlError as error:
        at = f" in line {error.line}" if error.line else ""
        if error.tag:
            told = f"{error}{at}; tags are never executed: remove it, or record the cassette again"
        else:
            told = f"it is no YAML{at} ({error}); was it cut short? Record it again"
        raise CassetteError(f"{file}: {told}") from None


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the garbage collector, which would look at everything that was read again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
