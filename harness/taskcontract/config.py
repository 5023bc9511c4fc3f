"""`[tool.taskcontract]` of a `pyproject.toml`, read into a frozen `Config`.

Everything is optional: without a file the defaults judge whatever targets are named. What is there is checked completely
before anything runs: an unknown or ill-typed key is a `ConfigError` that names the file, the key and the nearest known one.
Python declarations (`contract(...)`) go through `check_declaration`, so both forms accept and refuse the same things.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from taskcontract.errors import ConfigError, UsageError

Profile = Literal["quick", "default", "thorough"]
PROFILES: Final[tuple[str, ...]] = get_args(Profile)
"""How many examples a clause may spend, from a first look to a night's run."""

Declaration = Mapping[str, Any]
"""What a contributor says about one task that inference cannot know; see `DECLARATION_KEYS`."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says about how its tasks are judged. Picklable, so that worker processes get the same one.

    `targets` and `clauses` are as written (empty: none named, all clauses); `jobs` is None for "one for each processor";
    `paths` are the folders that targets are imported from, before the installed packages. `cassettes` is the folder of
    recordings, `cassette_age` the days after which one is too old (None: never). `tasks` maps `module:Class` to a
    declaration. `results` are the top-level packages whose types any task may return. `file` is where this was read, or None;
    `root` is the folder that relative paths start from.
    """

    targets: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    profile: Profile = "default"
    seed: int = 0
    strict: bool = False
    jobs: int | None = None
    paths: tuple[str, ...] = (".",)
    cassettes: str = "cassettes"
    cassette_age: int | None = None
    tasks: Mapping[str, Declaration] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    file: Path | None = None
    root: Path = Path(".")

    def declared(self, task: str) -> Declaration:
        """The declaration for a task id, with what is declared for all; or an empty mapping."""
        own = self.tasks.get(task, {})
        return {**own, "results": (*self.results, *own.get("results", ()))} if self.results else own

    @property
    def import_paths(self) -> tuple[str, ...]:
        """`paths` as absolute folders, in order."""
        return tuple(str((self.root / path).resolve()) for path in self.paths)

    def override(
        self,
        *,
        targets: Iterable[str] | None = None,
        clauses: Iterable[str] | None = None,
        profile: str | None = None,
        seed: int | None = None,
        strict: bool | None = None,
        jobs: int | None = None,
    ) -> Config:
        """This configuration with what the command line said; None or nothing leaves a field as it is.

        Raises:
            UsageError: for a profile that does not exist, fewer than one job, or a negative seed
        """
        if profile is not None and profile not in PROFILES:
            raise UsageError(f"unknown profile {profile!r}{nearest(profile, PROFILES)}; profiles: {', '.join(PROFILES)}")
        if jobs is not None and jobs < 1:
            raise UsageError(f"{jobs} jobs cannot judge anything; give 1 or more")
        if seed is not None and seed < 0:
            raise UsageError(f"seed {seed} is negative; give 0 or more")
        return replace(
            self,
            targets=tuple(targets or ()) or self.targets,
            clauses=tuple(clauses or ()) or self.clauses,
            profile=self.profile if profile is None else cast(Profile, profile),
            seed=self.seed if seed is None else seed,
            strict=self.strict if strict is None else strict,
            jobs=self.jobs if jobs is None else jobs,
        )

    def declaring(self, declarations: Mapping[str, Declaration]) -> Config:
        """This configuration with further declarations laid over its own, key by key."""
        merged = {**self.tasks, **{task: {**self.tasks.get(task, {}), **new} for task, new in declarations.items()}}
        return replace(self, tasks=merged)


def load(path: str | Path | None = None) -> Config:
    """The configuration in a file, or in the nearest `pyproject.toml` that has one, upwards from a folder.

    Args:
        path: a TOML file with a `[tool.taskcontract]` table, or the folder to start from; None is the current one

    Raises:
        ConfigError: for a named file that is absent, unreadable or without the table, for TOML that does not parse, and for
            unknown or ill-typed keys
    """
    start = Path.cwd() if path is None else Path(path).absolute()
    if start.is_dir():
        for folder in (start, *start.parents):
            table = _table(folder / "pyproject.toml") if os.path.isfile(folder / "pyproject.toml") else None
            if table is not None:
                return _config(table, folder / "pyproject.toml")
        return Config(root=start)
    if not os.path.exists(start):
        raise ConfigError(f"{path}: no such file; name a TOML file with a [tool.taskcontract] table, or the folder it is in")
    table = _table(start)
    if table is None:
        raise ConfigError(f"{path}: has no [tool.taskcontract] table; add one, or leave the option out")
    return _config(table, start)


def check_declaration(declaration: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A declaration whose keys and types are all known; `where` is what a message begins with.

    Raises:
        ConfigError: for an unknown or ill-typed key
    """
    return _checked(declaration, DECLARATION_KEYS, where, "")


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known name that is most like `name`, or nothing."""
    spelt = {word.casefold(): word for word in known}
    match = difflib.get_close_matches(name.casefold(), sorted(spelt), n=1, cutoff=0.5)
    return f"; did you mean {spelt[match[0]]!r}?" if match else ""


# --- the file --------------------------------------------------------------------------------------------------------


def _table(file: Path) -> Mapping[str, Any] | None:
    try:
        document = tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); mend its permissions or name another file") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (byte {error.start}); TOML must be: save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}") from error
    tool = document.get("tool", {})
    if not isinstance(tool, dict) or "taskcontract" not in tool:
        return None
    table = tool["taskcontract"]
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: tool.taskcontract must be a table, not {_said(table)}")
    return table


def _config(table: Mapping[str, Any], file: Path) -> Config:
    known = _checked(table, KEYS, str(file), "tool.taskcontract")
    known["targets"] = tuple(_anchored(target, file.parent) for target in known.get("targets", ()))
    return Config(file=file, root=file.parent, **known)


def _anchored(target: str, root: Path) -> str:
    """A target written as a path, from the folder of the file that says it; a module's name as it is."""
    is_path = os.sep in target or "/" in target or target in (".", "..") or target.endswith(".py")
    return str((root / target).resolve()) if is_path else target


# --- what the keys may hold ------------------------------------------------------------------------------------------

Check = Callable[[Any, str, str], Any]
"""(value, file, key) -> the value as it is kept; raises ConfigError."""


def _checked(table: Mapping[str, Any], known: Mapping[str, Check], where: str, key: str) -> dict[str, Any]:
    checked = {}
    for name, value in table.items():
        full = f"{key}.{name}" if key else str(name)
        if name not in known:
            raise ConfigError(f"{where}: unknown key {full}{nearest(str(name), known)}; known keys: {', '.join(known)}")
        checked[name] = known[name](value, where, full)
    return checked


def _said(value: Any) -> str:
    words: dict[type, str] = {bool: "a boolean", str: "a string", int: "an integer", float: "a float", dict: "a table"}
    word = words.get(type(value), "an array" if isinstance(value, (list, tuple)) else type(value).__name__)
    text = repr(value)
    return f"{word} ({text if len(text) <= 60 else text[:59] + '…'})"


def _must(kind: type | tuple[type, ...], words: str) -> Check:
    def check(value: Any, where: str, key: str) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise ConfigError(f"{where}: {key} must be {words}, not {_said(value)}")
        return value

    return check


_text = _must(str, "a string")
_flag = _must(bool, "true or false")
_whole = _must(int, "an integer")
_array = _must((list, tuple), "an array")
_names = _must((list, tuple), "an array of strings")
_mapping = _must(dict, "a table")


def _strings(value: Any, where: str, key: str) -> tuple[str, ...]:
    items = _names(value, where, key)
    return tuple(_text(item, where, f"{key}[{index}]") for index, item in enumerate(items))


def _string_or_strings(value: Any, where: str, key: str) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _strings(value, where, key)


def _groups(value: Any, where: str, key: str) -> tuple[tuple[str, ...], ...]:
    groups = tuple(_strings(item, where, f"{key}[{index}]") for index, item in enumerate(_array(value, where, key)))
    for index, group in enumerate(groups):
        if len(group) < 2:
            raise ConfigError(f"{where}: {key}[{index}] must name two alternatives or more, not {list(group)!r}")
    return groups


def _table_of_strings(value: Any, where: str, key: str) -> dict[str, str]:
    return {name: _text(item, where, f"{key}.{name}") for name, item in _mapping(value, where, key).items()}


def _at_least(least: int) -> Check:
    def check(value: Any, where: str, key: str) -> int:
        if (number := int(_whole(value, where, key))) < least:
            raise ConfigError(f"{where}: {key} must be {least} or more, not {number}")
        return number

    return check


def _profile(value: Any, where: str, key: str) -> str:
    if (name := str(_text(value, where, key))) not in PROFILES:
        raise ConfigError(f"{where}: {key} is {name!r}{nearest(name, PROFILES)}; profiles: {', '.join(PROFILES)}")
    return name


def _stubs(value: Any, where: str, key: str) -> str:
    module, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not (module and colon and name):
        raise ConfigError(f'{where}: {key} must name a function that writes stubs, as "module:function", not {_said(value)}')
    return str(value)


def _credential(value: Any, where: str, key: str) -> dict[str, Any]:
    return _checked(_mapping(value, where, key), _CREDENTIAL_KEYS, where, key)


def _tasks(value: Any, where: str, key: str) -> dict[str, Declaration]:
    declarations: dict[str, Declaration] = {}
    for task, table in _mapping(value, where, key).items():
        full = f'{key}."{task}"'
        module, colon, name = task.partition(":")
        if not (module and colon and name):
            raise ConfigError(f"{where}: {full} names no task; write it as [{key}.\"module:Class\"]")
        declarations[task] = _checked(_mapping(table, where, full), DECLARATION_KEYS, where, full)
    return declarations


_CREDENTIAL_KEYS: Final[Mapping[str, Check]] = {
    "argument": _text,
    "secret": _string_or_strings,
    "env": _string_or_strings,
    "exclude": _string_or_strings,
    "anonymous": _flag,
}

DECLARATION_KEYS: Final[Mapping[str, Check]] = {
    "values": _mapping,
    "required": _strings,
    "merged": _strings,
    "one_of": _groups,
    "generated": _strings,
    "credential": _credential,
    "secrets": _mapping,
    "env": _table_of_strings,
    "processes": _strings,
    "cassette": _text,
    "answers": _stubs,
    "results": _strings,
}
"""What can be declared about a task, in TOML or in Python.

`values`: working values by argument. `required`: arguments whose absence must raise. `merged`: arguments whose two values are
merged. `one_of`: groups of which one argument must be given. `generated`: arguments that the task makes up when left out.
`credential`: where the credential comes from (`argument`, `secret`, `env`), beside what is found by watching; which arguments,
secrets, variables or files are no source of one (`exclude`); and whether the service also serves without one (`anonymous`).
`secrets`, `env`: what a run finds around it.
`processes`: programs that the task may start. `cassette`: the recording that answers it. `answers`: the function, as
"module:function", that writes the stubs which answer it; it is called with a `responses.RequestsMock`. `results`: top-level
packages whose types it may return.
"""

KEYS: Final[Mapping[str, Check]] = {
    "targets": _strings,
    "clauses": _strings,
    "profile": _profile,
    "seed": _at_least(0),
    "strict": _flag,
    "jobs": _at_least(1),
    "paths": _strings,
    "cassettes": _text,
    "cassette_age": _at_least(1),
    "tasks": _tasks,
    "results": _strings,
}
"""The keys of `[tool.taskcontract]`."""
