"""A cassette by the name a test calls it: looked for beside the test, then in the project's folder of cassettes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from taskcontract.cassettes.folder import SUFFIXES, cassettes_in
from taskcontract.config import nearest
from taskcontract.errors import UsageError


def named_cassette(name: str, test: Path, project: Path) -> Path:
    """The absolute path of a cassette.

    Looked for, with and without a suffix, in `cassettes/test_module` and `cassettes` beside the file of the test (where
    pytest-recording keeps them), beside that file itself, and in the project's folder of cassettes.

    Args:
        name: "create_branch", "create_branch.yaml" or "test_module/test_name"
        test: the file of the test
        project: the project's folder of cassettes

    Raises:
        UsageError: when there is none of that name
    """
    folders = list(dict.fromkeys([*_beside(test), project]))
    for folder in folders:
        for suffix in ("", *SUFFIXES):
            place = folder / (name + suffix)
            if place.is_file():
                return place.absolute()
    there = [path.relative_to(folder) for folder in folders if folder != test.parent for path in cassettes_in(folder)]
    known = sorted({spelt.as_posix() for path in there for spelt in (path, path.with_suffix(""))})
    looked = ", ".join(str(folder) for folder in folders)
    raise UsageError(f"there is no cassette {name!r}{nearest(name, known)}; looked in {looked}")


def _beside(test: Path) -> Iterator[Path]:
    yield test.parent / "cassettes" / test.stem
    yield test.parent / "cassettes"
    yield test.parent
