"""The descriptions of AWS's services that `botocore` reads from its own package: read once, not for every session of a run.

A session parses megabytes of JSON and looks through hundreds of folders before its first request. Sessions of one process may
share what comes of it, as all clients of one session do.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from taskcontract.world.state import active, outside


def patch_botocore_loaders(module: ModuleType) -> None:
    """Patch `botocore.loaders`."""
    reader: Any = module.JSONFileLoader
    loader: Any = module.Loader
    package = os.path.join(loader.BUILTIN_DATA_PATH, "")
    read, listed = reader._load_file, loader.list_available_services
    contents: dict[str, Any] = {}
    services: dict[tuple[str, ...], list[str]] = {}

    def load_file(self: Any, full_path: str, open_method: Any) -> Any:
        if active() is None or not full_path.startswith(package):
            return read(self, full_path, open_method)
        if full_path not in contents:
            with outside():
                contents[full_path] = read(self, full_path, open_method)
        return contents[full_path]

    def list_available_services(self: Any, type_name: str) -> list[str]:
        run = active()
        there = [path for path in self.search_paths if os.path.isdir(path)] if run is not None else []
        if run is None or any(path.startswith(str(run.directory)) for path in there):
            found: list[str] = listed(self, type_name)
            return found
        key = (type_name, *there)
        if key not in services:
            with outside():
                services[key] = listed(self, type_name)
        return list(services[key])

    reader._load_file = load_file
    loader.list_available_services = list_available_services
