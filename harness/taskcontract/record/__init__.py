"""`taskcontract record`: runs a task for real, once, and keeps the conversation without its credentials.

The only part of the harness that touches the network, and the only one that runs a task outside the sealed world. In order:
what is there already, which values and credentials to use (`values`), the run (`run`), then scrubbing, the gate, and only then
the file. Whatever goes wrong before that leaves the old cassette as it was.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from taskcontract.cassettes.credential_parts import secret_texts, shapes
from taskcontract.cassettes.folder import cassette_of, conventional_name
from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Recording
from taskcontract.cassettes.save import save, written
from taskcontract.cassettes.scrub import Scrubbed, gate, scrub
from taskcontract.cassettes.shapes import difference
from taskcontract.config import Config
from taskcontract.engine import describe_targets
from taskcontract.errors import CassetteError, ConfigError
from taskcontract.frameworks import Framework
from taskcontract.model import TaskSpec, Unimportable
from taskcontract.record.ambient import ambient_secrets
from taskcontract.record.consent import Consent
from taskcontract.record.run import Ran, run
from taskcontract.record.values import choose

Mode = Literal["once", "new", "all"]
Say = Callable[[str], None]


class RecordingFailed(CassetteError):
    """The conversation broke off: the task or the service failed. Nothing was written."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What to record, and how.

    `values` go to construction where it accepts them, `call` to the call; `mode` 'once' makes a new cassette, 'new' adds to an
    old one, 'all' makes it anew. `output` is the file, or None for the task's own. `consent` is what the user accepts of what
    nobody said.
    """

    spec: TaskSpec
    config: Config
    values: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = "once"
    output: str | None = None
    consent: Consent = field(default_factory=Consent)


def described(task: str, config: Config) -> list[TaskSpec | Unimportable]:
    """What `task` names, with what the project's own configuration says of it: a cassette that is to be made says nothing."""
    tasks = {name: {key: said for key, said in own.items() if key != "cassette"} for name, own in config.tasks.items()}
    found = describe_targets([task], replace(config, targets=(task,), cassettes=os.devnull, tasks=tasks))
    return [replace(each, declared=config.declared(each.id)) if isinstance(each, TaskSpec) else each for each in found]


def record(request: Request, framework: Framework, say: Say) -> Path:
    """Record a cassette; `say` is given each line to print. Returns the file that was written.

    Raises:
        CassetteError: for a cassette that may not or cannot be written, no credential, or a conversation without HTTP
        RecordingFailed: when the task or the service failed
        UsageError: for values that the task does not take, and for those that nobody said
    """
    path = _path(request)
    old = _old(path, request)
    chosen = choose(request.spec, request.values, request.call, _values_of(old, request), framework, request.consent)
    _writable(path)
    say(f"recording {request.spec.id} for real: it reaches the network")
    for name, said in chosen.said.items():
        say(f"  {name}: {said}")
    ran = run(request.spec.ref, chosen, framework)
    made = datetime.date.today().isoformat()
    credentials = {**chosen.secrets, **ran.secrets}
    used = {name: value for name, value in credentials.items() if name in chosen.secrets or name in ran.read}
    known, mine = _texts(used), _mine({name: value for name, value in credentials.items() if name not in used})
    recorded = Recording(ran.interactions, chosen.kept, request.spec.id, made, credentials=shapes(used))
    fresh = scrub(recorded, {**known, **{name: text for name, text in mine.items() if text not in known.values()}})
    for interaction in fresh.recording.interactions:
        say(f"  {_line(interaction)}")
    _complete(ran, fresh, path)
    whole = _joined(old, fresh.recording) if old is not None and request.mode == "new" else fresh.recording
    content = written(whole, path)
    gate(whole, fresh.secrets, content)
    save(whole, path)
    told = replace(fresh, secrets={n: s for n, s in fresh.secrets.items() if n not in mine or n.encode() in content})
    for line in _told(path, told, whole, old):
        say(line)
    return path


def _texts(credentials: Mapping[str, Any]) -> dict[str, str]:
    return {n: text for name, value in credentials.items() for n, text in secret_texts(name, value).items()}


def _mine(unused: Mapping[str, Any]) -> dict[str, str]:
    """The user's own secrets that the run may not have had anything to do with: they are named only where they turned up."""
    return {**_texts(unused), **ambient_secrets(Path.home(), os.environ)}


# --- what is there already -------------------------------------------------------------------------------------------


def _path(request: Request) -> Path:
    config, spec = request.config, request.spec
    if request.output is not None:
        return Path(request.output).absolute()
    declared = spec.declared.get("cassette")
    try:
        found = cassette_of(config.root, config.cassettes, spec)
    except ConfigError:  # declared, and still to be made
        found = None
    name = str(declared) if declared else f"{conventional_name(spec.ref)}.yaml"
    return found or (config.root / config.cassettes / name).absolute()


def _old(path: Path, request: Request) -> Recording | None:
    if not path.exists():
        return None
    if request.mode == "once":
        raise CassetteError(
            f"{path} is there already, and stays as it is: `--record-mode new` adds what it does not have, `--record-mode all` "
            f"records it anew, `--output` writes elsewhere"
        )
    try:
        old = load(path)
    except CassetteError:
        if request.mode == "new":
            raise
        return None
    if old.task and old.task != request.spec.id:
        raise CassetteError(f"{path} is a recording of {old.task}, not of {request.spec.id}; name another file with `--output`")
    _same_values(path, old, request)
    return old


def _same_values(path: Path, old: Recording, request: Request) -> None:
    if request.mode != "new":
        return
    for name, value in {**request.values, **request.call}.items():
        if name in old.values and old.values[name] != value and "{{" not in str(old.values[name]):
            raise CassetteError(
                f"{path} was recorded with {name} = {json.dumps(old.values[name])}, and what is added must fit it: leave "
                f"`{name}` out, or record it anew with `--record-mode all`"
            )


def _values_of(old: Recording | None, request: Request) -> Mapping[str, Any]:
    """What an old cassette was recorded with, placeholders for credentials apart; recorded anew, what is declared stands."""
    declared = request.spec.declared.get("values", {}) if request.mode == "all" else {}
    values = old.values if old is not None else {}
    return {n: v for n, v in values.items() if n not in declared and "{{" not in json.dumps(v, default=str)}


def _writable(path: Path) -> None:
    """Find out before the run, which may change things, whether its recording can be kept."""
    folder = next(each for each in path.parents if each.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = f"{path} cannot be written ({error.strerror}): nothing was run; mend its folder, or use `--output`"
        raise CassetteError(why) from None


# --- what was recorded -----------------------------------------------------------------------------------------------


def _complete(ran: Ran, fresh: Scrubbed, path: Path) -> None:
    kept = f"{path} is as it was" if path.exists() else "nothing was written"
    if ran.failure:
        missing = [f"; it asked for {what}, which is not there" for what in ran.missing[:3]]
        known = scrub(Recording((), {"failure": ran.failure}), fresh.secrets).recording.values["failure"]
        raise RecordingFailed(f"the task did not end well: {known}{''.join(missing)}; {kept}")
    if not ran.interactions:
        raise CassetteError(f"the task ended well without any HTTP request that could be recorded; {kept}")


def _joined(old: Recording, fresh: Recording) -> Recording:
    """The old interactions, and those of the new ones whose request is not among them."""
    known = {_key(interaction) for interaction in old.interactions}
    added = tuple(interaction for interaction in fresh.interactions if _key(interaction) not in known)
    shapes = {**fresh.credentials, **old.credentials}
    return replace(fresh, interactions=(*old.interactions, *added), values={**fresh.values, **old.values}, credentials=shapes)


def _key(interaction: Interaction) -> tuple[str, str, bytes]:
    return interaction.request.method, interaction.request.url, interaction.request.body


def _line(interaction: Interaction) -> str:
    return f"{interaction.request.method} {interaction.request.url} -> {interaction.response.status}"


def _told(path: Path, fresh: Scrubbed, whole: Recording, old: Recording | None) -> list[str]:
    hosts = sorted({urlsplit(each.request.url).netloc.rpartition("@")[2] for each in fresh.recording.interactions})
    count = len(whole.interactions)
    lines = [f"wrote {path}: {count} interaction{'s' * (count > 1)} with {', '.join(hosts)}"]
    if fresh.secrets:
        lines.append(f"placeholders stand for {', '.join(sorted(fresh.secrets))}")
    if old is not None:
        changed = difference(old, whole)
        lines += [f"compared with the old one ({old.made or 'of unknown age'}):", *(f"  {line}" for line in changed)]
        lines[-1 - len(changed)] += "" if changed else " the answers have the same shapes"
    return lines
