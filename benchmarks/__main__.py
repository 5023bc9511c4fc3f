"""Runs the benchmarks that are named, or all of them, and prints one table each."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable

from benchmarks import clients, growth, idle, library, one_run, replay
from benchmarks.table import Table

ALL: dict[str, Callable[[bool], Table]] = {
    "run": one_run.measure,
    "request": clients.measure,
    "lookup": replay.look_up,
    "load": replay.load,
    "idle": idle.measure,
    "growth": growth.measure,
    "library": library.measure,
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="./bench", description="What judging costs, side by side with its alternatives.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(ALL)}; default: all")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller inputs")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in ALL]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    print(f"Python {platform.python_version()}, {len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}")
    for name in arguments.names or ALL:
        print(f"\n{ALL[name](arguments.quick).text()}", flush=True)


if __name__ == "__main__":
    main()
