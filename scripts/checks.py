"""All checks of the project, one after the other: style, types, import direction, the wheel, real servers, the test suite last.

A check that fails does not hide the ones after it. Arguments go to pytest, and with them only pytest is run. The tests in
`tests/services` run in an environment of their own, which has the servers and their clients.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = "tests/services"


def run(title: str, *command: str) -> bool:
    """Run one check, saying what it is, and whether it was passed."""
    print(f"== {title}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    passed = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    print(f"== {title}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.0f} s)", flush=True)
    return passed


def wheel() -> bool:
    """Build the wheel and look at what it would put into a user's environment."""
    with tempfile.TemporaryDirectory() as folder:
        built = run("wheel", sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT))
        return built and run("wheel contents", "check-wheel-contents", *map(str, Path(folder).glob("*.whl")))


def pytest(*arguments: str) -> bool:
    """The test suite on two processes; its own closing line is the last thing printed when all is well."""
    return run("tests", sys.executable, "-m", "pytest", "-n", "2", *arguments)


def services(*arguments: str) -> bool:
    """The tests that need real servers, and clients that a judged library is otherwise not given."""
    command = ("python", "-m", "pytest", "-n", "2", *(arguments or (SERVICES,)))
    return run("services", sys.executable, str(ROOT / "scripts" / "environment.py"), "services", "--", *command)


def main(arguments: list[str]) -> int:
    """Exit code 0 when every check was passed."""
    if arguments:
        of_services = any(argument.startswith(SERVICES) for argument in arguments)
        return 0 if (services if of_services else pytest)(*arguments) else 1
    passed = [
        run("style", "ruff", "check", "."),
        run("types", "mypy"),
        run("import direction", "lint-imports"),
        wheel(),
        services(),
        pytest(f"--ignore={SERVICES}"),
    ]
    if not all(passed):
        print("== something FAILED: look for it above", flush=True)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
