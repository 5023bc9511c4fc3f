"""What is private: homes and secrets, but not the code, nor the project that is being worked on."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import pytest

from taskcontract.world import places


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setattr(places, "_homes", lambda: (str(folder),))
    places._code_roots.cache_clear()
    return folder


def test_a_home_is_private_but_for_code(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_projects", {str(home / "project"), str(home)})
    monkeypatch.setattr(sys, "path", [str(home / "lib"), str(home), ""])
    assert places.private(f"{home}/.aws/credentials") and places.private(f"{home}/notes.txt") and places.private(str(home))
    assert not places.private(f"{home}/lib/data.json") and not places.private(f"{home}/project/data.csv")
    assert not places.private(f"{home}/elsewhere/module.py")
    assert places.private(f"{home}/project/.env") and places.private(f"{home}/project/.env.local")


@pytest.mark.parametrize("path", ["/etc/shadow", "/proc/1/environ", "/run/secrets/token", "/etc/ssh/ssh_host_rsa_key"])
def test_the_machines_secrets_are_private(path: str) -> None:
    assert places.private(path)


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/hosts", "/usr/share/zoneinfo/UTC", "/proc/cpuinfo", "/proc/self/status"])
def test_public_files_are_not(path: str) -> None:
    assert not places.private(path)


def test_homes_are_found_without_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> None:
        raise KeyError("no such user")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setenv("HOME", "/srv/someone")
    assert places._homes.__wrapped__() == ("/Users", "/home", "/root", "/srv/someone")
    monkeypatch.setenv("HOME", "relative")
    assert places._homes.__wrapped__() == ("/Users", "/home", "/root")


def test_paths_that_lead_nowhere_are_told_as_such(tmp_path: Path) -> None:
    assert places.located("a\0b") == "" and places.located(None) == "" and places.located(10**6) == ""
    assert places.located(str(tmp_path) + "/a/..", final=False) == os.path.realpath(tmp_path)


def test_links_are_followed_where_they_are(tmp_path: Path) -> None:
    os.symlink("/etc", tmp_path / "link")
    assert places.located(tmp_path / "link" / "passwd") == "/etc/passwd"
    assert places.located(tmp_path / "link", final=False) == f"{os.path.realpath(tmp_path)}/link"
