"""The files in which client libraries keep credentials, as those libraries document them: where they are, what they look like.

A file is planted with values of its own wherever a run is seen to ask for it. Of one that is not listed here only its ending is
known, and a few common forms are tried. Nothing here is about a task.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from taskcontract.values.client_documents import as_text

Form = Callable[[str], str]
"""What a file holds, made from the one text by which its values are known again."""

NETRC: Final = ("~/.netrc", "~/_netrc")
"""Clients that know hosts, not tasks, read these: what they hold belongs to a host. `clauses/netrc.py` is about them."""

NO_CREDENTIAL: Final = ("~/.config/gcloud/certificate_config.json", "~/.config/gcloud/configurations/config_default")
"""Clients read these, too, and what they hold signs nobody in: where a certificate is, which project is meant."""


def _aws(mark: str) -> str:
    return f"[default]\naws_access_key_id = {mark}\naws_secret_access_key = {mark}-other-half\n"


def _boto(mark: str) -> str:
    return _aws(mark).replace("[default]", "[Credentials]")


def _google(mark: str) -> str:
    return as_text("service-account", mark)


def _kubernetes(mark: str) -> str:
    cluster = {"name": "default", "cluster": {"server": "https://kubernetes.example.com:6443"}}
    user = {"name": "default", "user": {"token": mark}}
    context = {"name": "default", "context": {"cluster": "default", "user": "default"}}
    document = {"apiVersion": "v1", "kind": "Config", "current-context": "default"}
    return json.dumps({**document, "clusters": [cluster], "users": [user], "contexts": [context]})  # JSON is YAML as well


def _postgres(mark: str) -> str:
    return f"*:*:*:*:{mark}\n"


def _mysql(mark: str) -> str:
    return f"[client]\nuser = someone\npassword = {mark}\n"


def _dbt(mark: str) -> str:
    output = {"type": "postgres", "host": "db.example.com", "port": 5432, "user": "someone", "password": mark}
    target = {**output, "dbname": "data", "schema": "public", "threads": 1}
    return json.dumps({"default": {"target": "dev", "outputs": {"dev": target}}})


def _databricks(mark: str) -> str:
    return f"[DEFAULT]\nhost = https://databricks.example.com\ntoken = {mark}\n"


def _snowflake(mark: str) -> str:
    return f'[default]\naccount = "account"\nuser = "someone"\npassword = "{mark}"\n'


def _azure(mark: str) -> str:
    return json.dumps({"clientId": "someone", "clientSecret": mark, "tenantId": "tenant", "subscriptionId": "subscription"})


def _kaggle(mark: str) -> str:
    return json.dumps({"username": "someone", "key": mark})


def _docker(mark: str) -> str:
    return json.dumps({"auths": {"https://index.docker.io/v1/": {"username": "someone", "password": mark}}})


def _huggingface(mark: str) -> str:
    return mark


def _package_index(mark: str) -> str:
    return f"[distutils]\nindex-servers = pypi\n[pypi]\nusername = someone\npassword = {mark}\n"


def _github(mark: str) -> str:
    return json.dumps({"github.com": {"user": "someone", "oauth_token": mark}})


FILES: Final[Mapping[str, Form]] = {
    "~/.aws/credentials": _aws,
    "~/.aws/config": _aws,
    "~/.boto": _boto,
    "~/.config/gcloud/application_default_credentials.json": _google,
    "~/.kube/config": _kubernetes,
    "~/.pgpass": _postgres,
    "~/.my.cnf": _mysql,
    "~/.dbt/profiles.yml": _dbt,
    "~/.databrickscfg": _databricks,
    "~/.snowflake/connections.toml": _snowflake,
    "~/.config/snowflake/connections.toml": _snowflake,
    "~/.azure/credentials.json": _azure,
    "~/.kaggle/kaggle.json": _kaggle,
    "~/.config/kaggle/kaggle.json": _kaggle,
    "~/.docker/config.json": _docker,
    "~/.cache/huggingface/token": _huggingface,
    "~/.pypirc": _package_index,
    "~/.config/gh/hosts.yml": _github,
}
"""The files that clients look for in the home of whoever runs them."""

NAMING: Final[Mapping[str, str]] = {
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
    "AWS_CONFIG_FILE": "~/.aws/config",
    "BOTO_CONFIG": "~/.boto",
    "GOOGLE_APPLICATION_CREDENTIALS": "~/.config/gcloud/application_default_credentials.json",
    "KUBECONFIG": "~/.kube/config",
    "PGPASSFILE": "~/.pgpass",
    "DATABRICKS_CONFIG_FILE": "~/.databrickscfg",
    "DBT_PROFILES_DIR": "~/.dbt/profiles.yml",
    "AZURE_AUTH_LOCATION": "~/.azure/credentials.json",
    "KAGGLE_CONFIG_DIR": "~/.kaggle/kaggle.json",
    "DOCKER_CONFIG": "~/.docker/config.json",
}
"""The variables by which those clients are told that their file is elsewhere; `_DIR` and its like name the folder it is in."""

_KEYS = ("token", "key", "api_key", "access_token", "password", "secret", "credentials")


def _document(mark: str) -> str:
    return json.dumps(dict.fromkeys(_KEYS, mark))


def _sections(mark: str) -> str:
    return "".join(f"[{name}]\n" + "".join(f"{key} = {mark}\n" for key in _KEYS) for name in ("DEFAULT", "default"))


def _assignments(mark: str) -> str:
    return "".join(f'{key} = "{mark}"\n' for key in _KEYS)


def _text(mark: str) -> str:
    return mark


_FORMS: Final[tuple[Form, ...]] = (_text, _document, _sections, _assignments)


def forms(name: str) -> tuple[Form, ...]:
    """The forms in which a file can be planted: the one that it is documented to have, or all the common ones."""
    known = FILES.get(name)
    return (known,) if known is not None else _FORMS


def is_known(name: str) -> bool:
    """Whether it is documented what the file holds."""
    return name in FILES


def in_folder(variable: str) -> bool:
    """Whether the variable names the folder that the file is in."""
    return variable.endswith(("_DIR", "DOCKER_CONFIG"))


def mark_of(name: str) -> str:
    """The text by which what a file holds is known again."""
    return "value-in-" + "".join(c if c.isalnum() else "-" for c in name.removeprefix("~/.")).strip("-")
