"""Programs are recorded and stood in for: whatever way the task talks to them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def _facts(seen: Any, which: int = 0) -> dict[str, Any]:
    return dict(seen.run.effects[which].detail[1:])


def test_a_program_is_told_with_its_arguments(sealed: Any) -> None:
    seen = sealed(lambda: subprocess.run(["ls", "a b"], check=True).returncode)
    assert seen.value == 0
    assert [e.what for e in seen.run.effects] == ["run ls 'a b'"]
    assert seen.run.effects[0].via == "stand-in:subprocess" and not seen.run.effects[0].refused
    assert _facts(seen)["args"] == ("list", "ls", "a b") and _facts(seen)["cwd"] == "<case>"


def test_output_is_one_recognisable_line(sealed: Any) -> None:
    assert sealed(lambda: subprocess.check_output("x", shell=True)).value == b"answer-of-process-0\n"
    assert sealed(lambda: subprocess.check_output("x", shell=True, text=True)).value == "answer-of-process-0\n"
    assert sealed(lambda: os.popen("x").read()).value == "answer-of-process-0\n"


def test_lines_can_be_read_as_they_come(sealed: Any) -> None:
    def read() -> Any:
        with subprocess.Popen(["x"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None and process.stdout.fileno() > 2
            lines = list(iter(process.stdout.readline, b""))
            return lines, process.wait(), process.poll(), process.returncode, process.pid > 2**22

    assert sealed(read).value == ("tuple", ("list", b"answer-of-process-0\n"), 0, 0, 0, True)


def test_streams_are_apart_and_the_second_program_has_its_own_answer(sealed: Any) -> None:
    def talk() -> Any:
        subprocess.run(["first"])
        process = subprocess.Popen(["x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.terminate()
        return process.communicate("question")

    seen = sealed(talk)
    assert seen.value == ("tuple", "answer-of-process-1\n", "")
    assert _facts(seen, 1)["input"] == "question"


def test_what_is_written_to_the_program_is_told(sealed: Any) -> None:
    def write() -> None:
        process = subprocess.Popen(["x"], stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(b"\xff")
        process.stdin.close()
        Path("input").write_text("from a file")
        with open("input") as file:
            subprocess.call(["x"], stdin=file)

    seen = sealed(write)
    assert (_facts(seen)["input"], _facts(seen, 1)["input"]) == (b"\xff", "from a file")


def test_output_redirected_to_a_file_lands_there(sealed: Any) -> None:
    def redirect() -> str:
        with open("out", "wb") as file:
            subprocess.run(["x"], stdout=file, stderr=subprocess.DEVNULL)
        return Path("out").read_text()

    assert sealed(redirect).value == "answer-of-process-0\n"


def test_only_differences_of_the_environment_are_told(sealed: Any) -> None:
    def run() -> None:
        subprocess.run(["x"], env={**os.environ, "ADDED": "1", "LANG": "changed"})
        subprocess.run(["x"], env={k: v for k, v in os.environ.items() if k != "TZ"})

    seen = sealed(run)
    assert _facts(seen)["env"] == (("ADDED", "1"), ("LANG", "changed"))
    assert _facts(seen, 1)["env"] == (("TZ", None),)


def test_a_script_is_told_by_its_content(sealed: Any) -> None:
    def run() -> None:
        Path("script.sh").write_text("echo hello")
        subprocess.run(["bash", "script.sh"], cwd="/")
        subprocess.run(["bash", os.path.abspath("script.sh")])

    seen = sealed(run)
    assert _facts(seen, 1)["scripts"] == (("script.sh", "echo hello"),)
    assert _facts(seen)["cwd"] == "/"


def test_the_answers_decide_how_it_ends(sealed: Any) -> None:
    def run() -> Any:
        return subprocess.run(["x"], check=True, capture_output=True).stdout

    failed = sealed(run, process__0_returncode="3")
    assert isinstance(failed.value, subprocess.CalledProcessError) and failed.value.returncode == 3
    assert sealed(run, process__0_returncode="no:0").ended == "raised"
    assert sealed(run, process__0_stdout="''").value == b""
    assert sealed(run, process__0_stdout="'said'").value == b"said\n"
    assert [fork.path for fork in sealed(run).run.forks] == ["process:0.stdout", "process:0.returncode"]


def test_os_system_and_waiting_by_number(sealed: Any) -> None:
    def run() -> Any:
        status = os.system("false")
        process = subprocess.Popen(["x"])
        os.kill(process.pid, 15)
        process.wait()
        return status, os.waitpid(process.pid, 0)[1]

    assert sealed(run, process__0_returncode="1", process__1_returncode="2").value == ("tuple", 256, 512)


@pytest.mark.parametrize("arguments", [["ls", None], ["ls", 3], None])
def test_arguments_that_cannot_be_run_raise_as_they_would(sealed: Any, arguments: Any) -> None:
    assert isinstance(sealed(lambda: subprocess.run(arguments)).value, TypeError)


def test_an_environment_that_cannot_be_given_raises_as_it_would(sealed: Any) -> None:
    assert isinstance(sealed(lambda: subprocess.run(["ls"], env={"A": 1})).value, TypeError)  # type: ignore[arg-type]


def test_asyncio_programs(sealed: Any) -> None:
    async def talk() -> Any:
        process = await asyncio.create_subprocess_exec("x", stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0]

    assert sealed(lambda: asyncio.run(talk())).value == b"answer-of-process-0\n"


def test_the_host_still_runs_programs(sealed: Any) -> None:
    sealed(lambda: None)
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True, check=True)
    assert done.stdout == "42\n" and os.system("exit 3") >> 8 == 3
    assert os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0)[1] == 0
