"""Tasks that talk to the server of `acme_server.py`, each in a way of its own."""

from __future__ import annotations

import base64
import concurrent.futures
import gzip
import hashlib
import json
import os
from typing import Any
from urllib.parse import quote

import prefect
import requests
from prefect.client.secrets import Secret
from prefect.utilities.tasks import defaults_from_attrs
from urllib3.util.retry import Retry


class Plant(prefect.Task):
    """Sends its token to one place of a request, and has the service answer with it in one place of the response.

    Args:
        - url (str): where the service is
        - place (str): where to
        - token (str): the API token
    """

    def __init__(self, url: str | None = None, place: str | None = None, token: str | None = None, **kwargs: Any) -> None:
        self.url, self.place, self.token = url, place, token
        super().__init__(**kwargs)

    @defaults_from_attrs("url", "place", "token")
    def run(self, url: str | None = None, place: str | None = None, token: str | None = None) -> Any:
        if url is None or place is None:
            raise ValueError("url and place are required")
        if token is None:
            raise ValueError("token is required")
        extra = REQUESTS[place](token) if place in REQUESTS else {}
        path = quote(str(extra.pop("path", "x")), safe="/")
        headers = {"X-Acme-Key": token, "X-Place": place, **extra.pop("headers", {})}
        answer = requests.post(f"{url}/{path}", headers=headers, timeout=10, **extra)
        answer.raise_for_status()
        return {"status": answer.status_code}


def _basic(token: str) -> dict[str, Any]:
    return {"auth": ("joe", token)}


REQUESTS: dict[str, Any] = {
    "request header, bearer": lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
    "request header, basic (base64)": _basic,
    "request header of its own": lambda token: {"headers": {"X-Something": f"key={token};v=1"}},
    "request header, digest": lambda token: {"headers": {"X-Sum": hashlib.sha256(token.encode()).hexdigest()}},
    "request cookie": lambda token: {"cookies": {"session": quote(token, safe="")}},
    "query": lambda token: {"params": {"q": token}},
    "path": lambda token: {"path": f"users/{quote(token, safe='')}/repos"},
    "userinfo in a URL": lambda token: {"json": {"remote": f"https://joe:{quote(token, safe='')}@git.acme.com/x"}},
    "JSON": lambda token: {"json": {"note": token}},
    "JSON in JSON": lambda token: {"json": {"payload": json.dumps({"inner": token})}},
    "form": lambda token: {"data": {"note": token, "n": "1"}},
    "multipart": lambda token: {"files": {"file": ("a.txt", token.encode())}},
    "request body, raw": lambda token: {"data": f"say {token}!".encode()},
    "request body, base64": lambda token: {"data": base64.b64encode(f"u:{token}".encode())},
    "request body, gzip": lambda token: {"data": gzip.compress(token.encode()), "headers": {"Content-Encoding": "gzip"}},
}


class Login(prefect.Task):
    """Reads a Prefect secret and an environment variable, and gets a session.

    Args:
        - url (str): where the service is
    """

    def run(self, url: str) -> Any:  # type: ignore[override]
        key = Secret("ACME_KEY").get()
        key = key["key"] if isinstance(key, dict) else key
        with requests.Session() as session:
            headers = {"X-Acme-Key": key, "X-Place": "session"}
            first = session.post(f"{url}/login", headers=headers, json={"pin": os.environ.get("ACME_TOKEN")}, timeout=10)
            first.raise_for_status()
            found = session.get(f"{url}/me", headers={**headers, "Authorization": f"Bearer {first.json()['access_token']}"})
            found.raise_for_status()
            return found.json()


class Talk(prefect.Task):
    """Asks the service for something that goes wrong, or for much at once.

    Args:
        - url (str): where the service is
        - what (str): what to ask for
    """

    def __init__(self, url: str | None = None, what: str | None = None, **kwargs: Any) -> None:
        self.url, self.what = url, what
        super().__init__(**kwargs)

    @defaults_from_attrs("url", "what")
    def run(self, url: str | None = None, what: str | None = None) -> Any:
        if what is None:
            raise ValueError("what is required")
        if what == "nothing":
            return None
        if what == "success":
            requests.get(f"{url}/fine", timeout=10)
            raise prefect.engine.signals.SUCCESS("done")
        if what == "interrupt":
            requests.get(f"{url}/fine", timeout=10)
            raise KeyboardInterrupt
        if what == "exit":
            raise SystemExit(3)
        if what == "variable":
            raise ValueError(f"set ACME_TOKEN, it is {os.environ['ACME_TOKEN']}")
        if what == "many":
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                return list(pool.map(lambda n: requests.get(f"{url}/many/{n}", timeout=30).status_code, range(80)))
        with requests.Session() as session:
            if what == "flaky":
                again = Retry(total=3, status_forcelist=[503], backoff_factor=0)
                session.mount("http://", requests.adapters.HTTPAdapter(max_retries=again))
            session.get(f"{url}/fine", timeout=10).raise_for_status()
            answer = session.get(f"{url}/{what}", timeout=0.5 if what == "slow" else 10)
            answer.raise_for_status()
            return answer.json()


class Keep(prefect.Task):
    """Takes a file.

    Args:
        - url (str): where the service is
        - path (str): path to a local file
        - secret_key (str): the secret key
    """

    def run(self, url: str, path: str, secret_key: str | None = None) -> Any:  # type: ignore[override]
        with open(path) as file:
            return requests.post(f"{url}/fine", data=file.read(), timeout=10).json()
