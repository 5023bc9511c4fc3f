"""Which environment variables client libraries look credentials up in by themselves, as they document it.

What a real client was seen to read is known without this page; it serves where the client is not installed, or is not asked
because the task has looked first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from taskcontract.clauses.client_files import NAMING
from taskcontract.source import file_of

_AWS = frozenset({
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
})  # fmt: skip
_AZURE = frozenset({
    "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "AZURE_USERNAME", "AZURE_PASSWORD",
    "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_SAS_TOKEN",
})  # fmt: skip
_GOOGLE = frozenset({"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_AUTH_ACCESS_TOKEN"})
_POSTGRES = frozenset({"PGPASSWORD", "PGUSER", "PGHOST", "PGPORT", "PGDATABASE", "PGPASSFILE", "PGSERVICE", "PGSSLKEY"})
_MYSQL = frozenset({"MYSQL_PWD"})
_DATABRICKS = frozenset({
    "DATABRICKS_TOKEN", "DATABRICKS_HOST", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_USERNAME",
    "DATABRICKS_PASSWORD",
})  # fmt: skip
_GITHUB = frozenset({"GITHUB_TOKEN", "GH_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"})
_HUGGINGFACE = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN"})

VARIABLES: Final[Mapping[str, frozenset[str]]] = {
    "boto3": _AWS,
    "botocore": _AWS,
    "aiobotocore": _AWS,
    "s3fs": _AWS,
    "azure": _AZURE,
    "google": _GOOGLE,
    "gcsfs": _GOOGLE,
    "psycopg2": _POSTGRES,
    "psycopg": _POSTGRES,
    "asyncpg": _POSTGRES,
    "MySQLdb": _MYSQL,
    "pymysql": frozenset(),
    "pymongo": frozenset(),
    "redis": frozenset(),
    "paramiko": frozenset(),
    "databricks": _DATABRICKS,
    "databricks_cli": _DATABRICKS,
    "github": frozenset(),
    "github3": frozenset(),
    "huggingface_hub": _HUGGINGFACE,
    "kaggle": frozenset({"KAGGLE_USERNAME", "KAGGLE_KEY"}),
    "openai": frozenset({"OPENAI_API_KEY", "OPENAI_ADMIN_KEY"}),
    "anthropic": frozenset({"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"}),
    "cohere": frozenset({"CO_API_KEY"}),
    "wandb": frozenset({"WANDB_API_KEY"}),
    "mlflow": frozenset({"MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"}),
    "comet_ml": frozenset({"COMET_API_KEY"}),
    "neptune": frozenset({"NEPTUNE_API_TOKEN"}),
    "pinecone": frozenset({"PINECONE_API_KEY"}),
    "hvac": frozenset({"VAULT_TOKEN", "VAULT_ADDR"}),
    "twilio": frozenset({"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}),
    "spotipy": frozenset({"SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"}),
    "sentry_sdk": frozenset({"SENTRY_DSN"}),
}
"""What each client (by the top-level name it is imported by) reads; nothing, where that is known of it."""

_ELSEWHERE: Final = frozenset({*_GITHUB, *NAMING, *_DATABRICKS, "DOCKER_PASSWORD", "SNOWFLAKE_PASSWORD", "SLACK_BOT_TOKEN"})
"""Names that a service documents for its own command line or its examples: nobody's invention."""
NAMES: Final = frozenset().union(*VARIABLES.values(), _ELSEWHERE)
"""Every documented name: who reads one by hand means what its owner means."""

_NEUTRAL: Final = frozenset({
    "requests", "urllib3", "httpx", "aiohttp", "requests_toolbelt", "certifi", "prefect", "pendulum", "dateutil", "pytz",
    "yaml", "toml", "tomli", "box", "marshmallow", "pydantic", "attr", "attrs", "typing_extensions", "jinja2", "tenacity",
    "backoff", "retry", "numpy", "pandas", "pyarrow", "cloudpickle", "dask", "distributed", "click", "rich", "tqdm", "slugify",
    "cytoolz", "toolz", "simplejson", "orjson", "ujson", "jwt", "cryptography", "decouple", "dotenv", "environ", "environs",
    "dynaconf", "pydantic_settings", "croniter", "tabulate", "bs4", "lxml", "feedparser", "packaging", "importlib_resources",
    "six",
})  # fmt: skip
"""Libraries that look no credential up in a variable: transports, which know hosts alone, and what has no service behind it."""
MOST_MODULES: Final = 40


def unknown_clients(file: str | None, module: str) -> tuple[str, ...] | None:
    """The libraries that a module imports and of which it is not known what they look up; None where its source is not there.

    What it imports of its own package is read as well, but for the framework that ships a task library.
    """
    first = file_of(file)
    if file is None or first is None:
        return None
    own, found = module.partition(".")[0], dict.fromkeys(_imported(first.tree, module))
    root, waiting, seen = _root(file, module), [name for name in found if _is_own(name, own)], {module}
    while waiting and len(seen) < MOST_MODULES:
        name = waiting.pop()
        source = file_of(_file(root, name)) if name not in seen else None
        seen.add(name)
        if source is not None:
            more = _imported(source.tree, name)
            found.update(dict.fromkeys(more))
            waiting += [inner for inner in more if _is_own(inner, own)]
    known = {*_NEUTRAL, *VARIABLES, *sys.stdlib_module_names, own}
    return tuple(dict.fromkeys(top for top in (name.partition(".")[0] for name in found) if top not in known))


def _is_own(name: str, own: str) -> bool:
    if own == "prefect":
        return name.startswith(("prefect.tasks.", "prefect.utilities."))
    return name == own or name.startswith(f"{own}.")


def _root(file: str, module: str) -> Path:
    """The folder that the module's top-level package is in."""
    path, depth = Path(file), module.count(".") + (Path(file).name == "__init__.py")
    return path.parents[min(depth, len(path.parents) - 1)]


def _file(root: Path, module: str) -> str:
    path = root.joinpath(*module.split("."))
    return str(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def _imported(tree: ast.Module, module: str) -> list[str]:
    """The full names of what is imported, wherever that is written, and of what may be modules in it."""
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)] if base else []
    return found
