"""Real servers of the protocols that are not HTTP, each on a free port of 127.0.0.1 for as long as a `with` block lasts.

PostgreSQL, MariaDB and Redis are the programs of their Debian packages; mail and file transfer are spoken by aiosmtpd and
asyncssh in threads of this process. Every server keeps its data in a folder of its own that goes with it. One that cannot be
had is an error: nothing is skipped.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

from . import servers
from .servers import HOST, ServerProblem

USER, PASSWORD, DATABASE = "contract", "pass-of-the-suite", "contract"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each server listens, the certificate to trust for mail, the folder of served files, and the letters that came."""

    postgres: int
    mariadb: int
    redis: int
    mail: int
    mail_tls: int
    mail_starttls: int
    files: int
    certificate: str
    served: Path
    letters: list[str]


@contextmanager
def everything() -> Iterator[Ports]:
    """All servers at once."""
    servers.install("postgresql", "mariadb-server", "redis-server")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="servers-")))
        folder.chmod(0o755)  # servers that refuse to be root's look into it
        served = folder / "served"
        served.mkdir()
        letters: list[str] = []
        plain, tls, starttls, certificate = stack.enter_context(mail(folder, letters))
        yield Ports(
            stack.enter_context(postgresql(folder / "postgres")),
            stack.enter_context(mariadb(folder / "mariadb")),
            stack.enter_context(redis(folder / "redis")),
            plain,
            tls,
            starttls,
            stack.enter_context(file_transfer(served)),
            certificate,
            served,
            letters,
        )


# --- programs --------------------------------------------------------------------------------------------------------


@contextmanager
def postgresql(folder: Path) -> Iterator[int]:
    """PostgreSQL with the suite's user and database; gives its port."""
    import psycopg2

    where = sorted(glob("/usr/lib/postgresql/*/bin"))[-1]  # Debian keeps them off the path
    user = _own(folder, "postgres")
    secret = folder / "password"
    secret.write_text(PASSWORD)
    data, port = folder / "data", servers.free_port()
    options = ("-U", USER, f"--pwfile={secret}", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C")
    _make(user, folder, f"{where}/initdb", "-D", str(data), *options)
    command = (f"{where}/postgres", "-D", str(data), "-p", str(port), "-k", str(folder), "-F", "-c", f"listen_addresses={HOST}")

    def ready() -> bool:
        try:
            opened = psycopg2.connect(host=HOST, port=port, user=USER, password=PASSWORD, dbname="postgres")
        except psycopg2.OperationalError:
            return False
        opened.autocommit = True
        opened.cursor().execute(f"CREATE DATABASE {DATABASE}")
        opened.close()
        return True

    with servers.run(command, port=port, ready=ready, folder=folder, user=user):
        yield port


@contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """MariaDB with the suite's user and database; gives its port."""
    import pymysql

    user = _own(folder, "mysql")
    data, port, first = folder / "data", servers.free_port(), folder / "first.sql"
    _make(user, folder, "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db")
    first.write_text(
        f"CREATE DATABASE {DATABASE};\nCREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL ON {DATABASE}.* TO '{USER}'@'%';\n"
    )
    files = (f"--datadir={data}", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", f"--init-file={first}")
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    command = (server, "--no-defaults", *files, f"--port={port}", f"--bind-address={HOST}", "--skip-name-resolve")

    def ready() -> bool:
        try:
            pymysql.connect(host=HOST, port=port, user=USER, password=PASSWORD, database=DATABASE).close()
        except pymysql.MySQLError:
            return False
        return True

    with servers.run(command, port=port, ready=ready, folder=folder, user=user):
        yield port


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Redis that asks for the suite's password; gives its port."""
    port = servers.free_port()
    folder.mkdir()
    arguments = ("--port", str(port), "--bind", HOST, "--requirepass", PASSWORD, "--save", "", "--dir", str(folder))
    with servers.run(("redis-server", *arguments), port=port, folder=folder):
        yield port


def _own(folder: Path, user: str) -> str | None:
    """Make the folder of a server that refuses to be root's; gives the user that it must be, where that is needed."""
    folder.mkdir()
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, user)
    return user


def _make(user: str | None, folder: Path, *command: str) -> None:
    """Prepare a server's data. Raises ServerProblem with what was printed when that fails."""
    done = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerProblem(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-4000:]}")


# --- protocols spoken by Python ----------------------------------------------------------------------------------------


@contextmanager
def mail(folder: Path, letters: list[str]) -> Iterator[tuple[int, int, int, str]]:
    """Mail without encryption, with TLS from the beginning and with STARTTLS: three ports, and the certificate to trust.

    What is delivered is put into `letters`.
    """
    import trustme
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    authority = trustme.CA()
    certificate = folder / "certificate.pem"
    authority.cert_pem.write_to_path(str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", HOST).configure_cert(context)

    def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        known = LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=given == known)

    class Box:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
            letters.append(envelope.content.decode("ascii"))
            return "250 OK"

    ways: tuple[dict[str, Any], ...] = (
        {},
        {"ssl_context": context, "authenticator": authenticate, "auth_require_tls": False},
        {"tls_context": context, "authenticator": authenticate},
    )
    ports = []
    with ExitStack() as stack:
        for options in ways:
            port = servers.free_port()
            server = Controller(Box(), hostname=HOST, port=port, **options)
            server.start()
            stack.callback(server.stop)
            ports.append(port)
        yield ports[0], ports[1], ports[2], str(certificate)


@contextmanager
def file_transfer(served: Path) -> Iterator[int]:
    """SFTP from the folder `served`, and commands answered with their own text, over SSH; gives the port."""
    import asyncssh

    class OnePassword(asyncssh.SSHServer):  # type: ignore[misc]
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    async def command(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"{process.command}\n")
        process.exit(0)

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(served).encode())

    async def listen() -> asyncssh.SSHAcceptor:
        key = asyncssh.generate_private_key("ssh-ed25519")
        return await asyncssh.listen(
            HOST, 0, server_factory=OnePassword, server_host_keys=[key], sftp_factory=files, process_factory=command
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(servers.PATIENCE)
        yield server.get_port()
        server.close()
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(5)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
