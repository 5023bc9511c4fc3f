"""The command on Prefect's own library, in an environment that holds nothing else, with everything around it watched."""

from __future__ import annotations

import ctypes
import dataclasses
import hashlib
import importlib.util
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BAIT = "bait-5f1c9e27"
"""Part of every value that the host would not want to see in a report."""

_EVENTS = {0x2: "modify", 0x4: "attributes", 0x40: "move", 0x80: "move", 0x100: "create", 0x200: "delete", 0x400: "delete"}

Tree = dict[str, list[int | str]]


@dataclass(frozen=True)
class Watched:
    """One run of the command: how it ended, what it said and wrote, and what those who watched saw."""

    code: int
    out: str
    err: str
    text: str
    seconds: float
    network: dict[str, Any]
    touched: list[str]
    before: dict[str, Tree]
    after: dict[str, Tree]

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report."""
        read: dict[str, Any] = json.loads(self.text)
        return read


Check = Callable[..., Watched]
Once = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]


@pytest.fixture(scope="session")
def judging() -> Path:
    """The environment that `./try` uses, made first if need be: Prefect 1.4.1, this project, and no client."""
    spec = importlib.util.spec_from_file_location("environment_of_tests", ROOT / "scripts" / "environment.py")
    assert spec is not None and spec.loader is not None
    environment = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environment)
    folder: Path = environment.ready(ROOT, "judging")
    return folder


@pytest.fixture(scope="session")
def check(judging: Path, tmp_path_factory: pytest.TempPathFactory, once: Once) -> Check:
    """Runs `taskcontract check ... --json report.json` in folders of its own, and watches; once for each `name`."""

    def run(*arguments: str, name: str) -> Watched:
        return Watched(**once(name, lambda: dataclasses.asdict(watch(*arguments))))

    def watch(*arguments: str) -> Watched:
        place = tmp_path_factory.mktemp("watched")
        folders = {name: place / name for name in ("home", "work", "scratch", "outside")}
        for folder in folders.values():
            folder.mkdir()
        _lay_bait(folders["home"], folders["outside"])
        (packages,) = judging.glob("lib/python3.*/site-packages")
        trees = {**folders, "packages": packages}
        before = {name: _tree(folder) for name, folder in trees.items()}
        with Inotify([*folders.values(), *_folders(packages / "prefect")]) as inotify:
            began = time.monotonic()
            watcher = [sys.executable, str(Path(__file__).with_name("watched.py")), str(place / "network.json")]
            done = subprocess.run(
                [*watcher, str(judging / "bin" / "taskcontract"), "check", *arguments, "--json", "report.json"],
                cwd=folders["work"],
                env=_host(judging, folders),
                capture_output=True,
                text=True,
                check=False,
            )
            seconds = time.monotonic() - began
            touched = inotify.seen()
        report = folders["work"] / "report.json"
        text = report.read_text() if report.is_file() else ""
        after = {name: _tree(folder) for name, folder in trees.items()}
        network = json.loads((place / "network.json").read_text())
        return Watched(done.returncode, done.stdout, done.stderr, text, seconds, network, touched, before, after)

    return run


# --- what there is to be found -----------------------------------------------------------------------------------------


def _host(judging: Path, folders: dict[str, Path]) -> dict[str, str]:
    """What a developer's own machine has in its environment."""
    outside = folders["outside"]
    return {
        "PATH": f"{judging / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["scratch"]),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ACCESS_KEY_ID": f"AKIA{BAIT}",
        "AWS_SECRET_ACCESS_KEY": f"secret/{BAIT}",
        "AWS_CONFIG_FILE": str(outside / "aws"),
        "AZURE_STORAGE_CONNECTION_STRING": f"AccountKey={BAIT}",
        "DATABRICKS_TOKEN": f"dapi{BAIT}",
        "DBT_CLOUD_TOKEN": BAIT,
        "GITHUB_TOKEN": f"ghp_{BAIT}",
        "GOOGLE_APPLICATION_CREDENTIALS": str(outside / "google.json"),
        "KUBECONFIG": str(outside / "kube"),
        "PREFECT__CLOUD__API_KEY": BAIT,
        "PREFECT__CONTEXT__SECRETS__GITHUB_ACCESS_TOKEN": BAIT,
        "PREFECT__USER_CONFIG_PATH": str(outside / "prefect.toml"),
        "SLACK_WEBHOOK_URL": f"https://hooks.example/{BAIT}",
        "SNOWFLAKE_PASSWORD": BAIT,
    }


def _lay_bait(home: Path, outside: Path) -> None:
    files = {
        home / ".aws" / "credentials": f"[default]\naws_access_key_id = {BAIT}\naws_secret_access_key = {BAIT}\n",
        home / ".netrc": f"machine api.github.com login me password {BAIT}\n",
        home / ".config" / "gcloud" / "application_default_credentials.json": json.dumps({"token": BAIT}),
        home / ".kube" / "config": f"token: {BAIT}\n",
        home / ".prefect" / "auth.toml": f"api_key = '{BAIT}'\n",
        outside / "aws": f"[default]\nregion = {BAIT}\n",
        outside / "google.json": json.dumps({"private_key": BAIT}),
        outside / "kube": f"token: {BAIT}\n",
        outside / "prefect.toml": f"[context.secrets]\nGITHUB_ACCESS_TOKEN = '{BAIT}'\n",
    }
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


# --- who watches ---------------------------------------------------------------------------------------------------------


def _folders(top: Path) -> list[Path]:
    return [top, *(path for path in top.rglob("*") if path.is_dir())]


def _tree(top: Path) -> Tree:
    """Every file and folder below one, by size, time of change and content."""
    found: Tree = {}
    for path in sorted(top.rglob("*")):
        state = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(top))] = [state.st_size if content else 0, state.st_mtime_ns, content]
    return found


class Inotify:
    """Has the system keep whatever is made, changed or deleted in some folders, also what is gone again afterwards."""

    def __init__(self, folders: list[Path]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert self._fd >= 0, os.strerror(ctypes.get_errno())
        below = [folder for top in folders for folder in _folders(top)]
        self._watches = {self._watch(folder): folder for folder in below}

    def _watch(self, folder: Path) -> int:
        number = int(self._libc.inotify_add_watch(self._fd, os.fsencode(folder), sum(_EVENTS)))
        assert number >= 0, os.strerror(ctypes.get_errno())
        return number

    def __enter__(self) -> Inotify:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def seen(self) -> list[str]:
        """`folder/name: what`, once each, in order; the folder's last name only."""
        found: dict[str, None] = {}
        while True:
            try:
                data = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                return list(found)
            while data:
                number, mask, _, length = struct.unpack_from("iIII", data)
                name, data = data[16 : 16 + length].rstrip(b"\0").decode(), data[16 + length :]
                what = next((word for bit, word in _EVENTS.items() if mask & bit), f"{mask:#x}")
                found[f"{self._watches[number].name if number >= 0 else ''}/{name}: {what}"] = None
