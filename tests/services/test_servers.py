"""Starting servers: waiting until they answer, stopping all they started, and saying what went wrong."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from . import servers
from .redirected import Refused, redirected

LISTEN = "import socket, sys, time\ns = socket.socket()\ns.bind(('127.0.0.1', int(sys.argv[1])))\ns.listen()\ntime.sleep(60)\n"


def test_a_server_answers_for_as_long_as_the_block_lasts() -> None:
    port = servers.free_port()
    with servers.run([sys.executable, "-c", LISTEN, str(port)], port=port) as process:
        assert servers.answers(port)
    assert process.returncode is not None
    assert not servers.answers(port)


def test_what_a_server_started_is_stopped_with_it() -> None:
    port = servers.free_port()
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {LISTEN!r}, sys.argv[1]])"
    with servers.run([sys.executable, "-c", parent, str(port)], port=port):
        assert servers.answers(port)
    assert not servers.answers(port)


def test_a_server_that_ends_early_is_a_problem_with_what_it_said() -> None:
    port = servers.free_port()
    command = [sys.executable, "-c", "raise SystemExit('no configuration')"]
    with pytest.raises(servers.ServerProblem, match="ended with 1:\nno configuration"), servers.run(command, port=port):
        pass


def test_a_server_that_does_not_answer_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PATIENCE", 0.0)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(servers.ServerProblem, match="took more than 0 s to answer"), servers.run(command, port=9):
        pass


def test_a_server_that_is_not_there_is_a_problem() -> None:
    with (
        pytest.raises(servers.ServerProblem, match="no-such-server cannot be started"),
        servers.run(["no-such-server"], port=9),
    ):
        pass


def test_what_cannot_be_installed_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(servers, "INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(servers.ServerProblem, match=r"npm is needed and is not there: Node.js has it"):
        servers.node("azurite", "1.0.0")
    (tmp_path / "npm").write_text("#!/bin/sh\necho no such version\nexit 3\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(servers.ServerProblem, match=r"npm pack .* failed:\nno such version"):
        servers.node_files("@acme/things", "1.0.0")


def test_a_package_that_is_there_is_not_installed_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(servers, "INSTALLED", tmp_path)
    monkeypatch.setattr(servers, "_as_root", lambda *_: pytest.fail("apt was asked"))
    servers.install("dpkg")


def test_real_names_arrive_at_local_servers_and_no_other_name_goes_anywhere() -> None:
    port = servers.free_port()
    command = [sys.executable, "-m", "http.server", "--bind", servers.HOST, str(port)]
    with servers.run(command, port=port), redirected({"*.service.example": port}):
        with urllib.request.urlopen("http://eu.service.example:8080/") as answer:
            assert answer.status == 200
        with pytest.raises(Refused, match=r"elsewhere.example:443 was asked for while recording"):
            socket.create_connection(("elsewhere.example", 443))


def test_the_command_is_found_from_anywhere(tmp_path: Path) -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "record_services.py"
    asked = [sys.executable, "-W", "ignore", str(script), "--help"]
    done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "aws, azure, github, prometheus" in done.stdout
