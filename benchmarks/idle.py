"""What the plugin costs a pytest run that does not use it, beside other plugins: an empty run, in processor time."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.commands import cost
from benchmarks.table import Table

PLUGINS = {
    "pytest alone": (),
    "with taskcontract": ("taskcontract.plugin",),
    "with pytest-recording": ("pytest_recording.plugin",),
    "with hypothesis": ("_hypothesis_pytestplugin",),
}


def measure(quick: bool) -> Table:
    """An empty run under each plugin; the difference to pytest alone is what the plugin costs."""
    rounds = 7 if quick else 25
    taken: dict[str, list[float]] = {name: [] for name in PLUGINS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text("[project]\nname = 'somebody'\n")
        for _ in range(rounds + 1):
            for name, plugins in PLUGINS.items():
                taken[name].append(_empty_run(Path(folder), plugins))
    least = {name: min(times[1:]) for name, times in taken.items()}
    table = Table(
        "An empty pytest run",
        ["ms", "added", "imports added"],
        f"least of {rounds} interleaved runs, processor time; plugins named with -p, autoloading off",
    )
    alone = least["pytest alone"]
    known = _modules(PLUGINS["pytest alone"])
    for name, plugins in PLUGINS.items():
        added = len(_modules(plugins)) - len(known)
        table.add(name, f"{least[name] * 1e3:.1f}", f"{(least[name] - alone) * 1e3:+.1f}", f"{added:+d}")
    return table


def _command(plugins: tuple[str, ...]) -> list[str]:
    named = [word for plugin in plugins for word in ("-p", plugin)]
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *named]


def _empty_run(folder: Path, plugins: tuple[str, ...]) -> float:
    return cost(_command(plugins), folder, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}).processor


def _modules(plugins: tuple[str, ...]) -> set[str]:
    """The modules that are loaded at the end of an empty run."""
    with tempfile.TemporaryDirectory() as folder:
        telling = "import sys\ndef pytest_unconfigure():\n    open('told', 'w').write('\\n'.join(sys.modules))\n"
        (Path(folder) / "conftest.py").write_text(telling)
        _empty_run(Path(folder), plugins)
        return set((Path(folder) / "told").read_text().split())
