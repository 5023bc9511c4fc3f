"""The user's own secrets that a client may find by itself: in the files that clients of clouds and of HTTP read.

They are read while a task is recorded, to be looked for in what is written, and are kept nowhere. A file that is not there, or
that nobody can read, has none.
"""

from __future__ import annotations

import configparser
import contextlib
import json
import netrc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from taskcontract.cassettes.canaries import SHORT
from taskcontract.cassettes.credential_parts import secret_texts
from taskcontract.cassettes.sensitive import credential_name


def ambient_secrets(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets in AWS's files, in netrc and in gcloud's file, by a name that says where each is from.

    Args:
        home: the user's own folder
        environ: variables that say where else such a file is
    """
    found = (*_aws(home, environ), *_netrc(home, environ), *_gcloud(home, environ))
    return {name: text for name, text in found if len(text) >= SHORT}


# --- AWS -------------------------------------------------------------------------------------------------------------

_AWS_SECRETS: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def _aws(home: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for variable, name in (("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")):
        file = _expanded(environ[variable], home) if environ.get(variable) else home / ".aws" / name
        parser = configparser.RawConfigParser(strict=False)
        with contextlib.suppress(OSError, UnicodeDecodeError, configparser.Error):
            parser.read_string(file.read_text())
        for section in parser.sections():
            for key in _AWS_SECRETS:
                if parser.has_option(section, key):
                    yield f"aws.{section.removeprefix('profile ')}.{key}", (parser.get(section, key) or "").strip()
    for folder in ("sso", "cli"):
        for file in sorted(_files(home / ".aws" / folder / "cache")):
            yield from _named_secrets(f"aws.{folder}", _document(file))


def _files(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.suffix == ".json"]
    except OSError:
        return []


# --- netrc -----------------------------------------------------------------------------------------------------------


def _netrc(home: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    places = [_expanded(environ["NETRC"], home)] if environ.get("NETRC") else [home / ".netrc", home / "_netrc"]
    for file in places:
        try:
            hosts = netrc.netrc(file).hosts
        except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
            continue
        yield from ((f"netrc.{host}", password) for host, (_, _, password) in hosts.items() if password)


# --- gcloud ----------------------------------------------------------------------------------------------------------


def _gcloud(home: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    file = _expanded(named, home) if named else home / ".config" / "gcloud" / "application_default_credentials.json"
    yield from _named_secrets("gcloud", _document(file))


# --- documents -------------------------------------------------------------------------------------------------------


def _document(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError):
        return None


def _named_secrets(name: str, document: Any) -> Iterator[tuple[str, str]]:
    """What goes under a secret's name: who signs in, and for which project, is in such a document as well."""
    texts = secret_texts(name, document) if isinstance(document, (dict, list)) else {}
    yield from ((called, text) for called, text in texts.items() if credential_name(called.rpartition(".")[2]))


def _expanded(path: str, home: Path) -> Path:
    return home / path[2:] if path.startswith("~/") else Path(path)
