"""Runs a command where nothing it could touch goes unseen: `watched.py RESULT COMMAND ARGUMENT...`.

The command gets a network of its own where the system allows that, with nothing in it but the loopback, and finds its proxies,
resolvers and endpoints there; RESULT is a JSON file that says what reached them and what the system counted. Without such a
network only what reaches the listeners is counted.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP, _IFF_RUNNING = 0x1, 0x40


class Listeners:
    """Count connections and datagrams."""

    def __init__(self) -> None:
        self.reached = 0
        self._tcp, self._udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = self._tcp.getsockname()[1]
        self._udp.bind(("127.0.0.1", self.port))
        for work in (self._accept, self._receive):
            threading.Thread(target=work, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._tcp.accept()
            self.reached += 1
            connection.close()

    def _receive(self) -> None:
        while True:
            self._udp.recvfrom(100)
            self.reached += 1


def own_network() -> bool:
    """Move this process to an empty network, with its loopback up. False where the system does not let it."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP | _IFF_RUNNING))
    return True


def counted() -> dict[str, int]:
    """Packets by interface, and what could not even be routed, since this network came to be."""
    found = {}
    for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]:
        name, _, numbers = line.partition(":")
        found[name.strip()] = int(numbers.split()[1]) + int(numbers.split()[9])
    lines = Path("/proc/self/net/snmp").read_text().splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind, *columns = names.split()
        table = dict(zip(columns, values.split()[1:], strict=True))
        for column in ("OutNoRoutes", "ActiveOpens", "OutDatagrams"):
            if column in table:
                found[kind + column] = int(table[column])
    return found


def main(result: str, command: list[str]) -> int:
    """Run the command with every variable that sends a client somewhere pointing at the listeners; gives its exit code."""
    alone = own_network()
    listeners = Listeners()
    here = f"http://127.0.0.1:{listeners.port}"
    variables = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "AWS_ENDPOINT_URL")
    more = {"PREFECT__CLOUD__API": here, "SENTRY_DSN": f"http://key@127.0.0.1:{listeners.port}/1"}
    done = subprocess.run(command, env={**os.environ, **dict.fromkeys(variables, here), **more}, check=False)
    network = counted() if alone else {}
    Path(result).write_text(json.dumps({"alone": alone, "reached": listeners.reached, "network": network}))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
