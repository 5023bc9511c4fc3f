"""What the clients of clouds look up by themselves, as they document it: boto3, and Google's with default credentials.

boto3: "Credentials" in its guide. Google: "How Application Default Credentials works". Machines that say who they are (metadata
services) are not there in a run, as for the clients themselves.
"""

from __future__ import annotations

import configparser
import json
from collections.abc import Mapping
from typing import Any, Final

from taskcontract.world.own_lookup import PATTERNS, Asking, Complaint, Found, given, known
from taskcontract.world.phantom_names import name_at

# --- boto3 -----------------------------------------------------------------------------------------------------------

_KEYS: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_OPEN_SERVICES: Final = ("sts", "sso", "sso-oidc", "cognito-idp", "cognito-identity", "signin")
"""Some of what these do needs no credential."""
_ELSEWHERE: Final = (
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)  # fmt: skip
_BY_SECTION: Final = (
    "role_arn",
    "sso_session",
    "sso_start_url",
    "credential_process",
    "login_session",
    "web_identity_token_file",
)
_NONE: Final = Complaint("botocore.exceptions.NoCredentialsError", "Unable to locate credentials")


@known("boto3.client", "boto3.resource")
def _boto3(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """The call, both variables, the shared credentials file, the configuration file: the first that has a key."""
    if len(args) > 1 or given(kwargs, *_KEYS, "config", "botocore_session"):
        return None
    found = {key: asking.variable(key.upper()) for key in _KEYS}
    if not found["aws_access_key_id"]:
        if any(asking.variable(name) for name in _ELSEWHERE):
            return None
        sections = _sections(asking)
        if any(name in section for section in sections for name in _BY_SECTION):
            return None
        with_key = (section for section in sections if section.get("aws_access_key_id"))
        found = {key: value for key, value in next(with_key, {}).items() if key in _KEYS}
    if found.get("aws_access_key_id") and not found.get("aws_secret_access_key"):
        return None
    if found.get("aws_access_key_id"):
        return Found({**kwargs, **{key: value for key, value in found.items() if value}})
    service = args[0] if args else kwargs.get("service_name")
    return None if service in _OPEN_SERVICES else Found(kwargs, True, _NONE, later=True)


def _sections(asking: Asking) -> list[Mapping[str, str]]:
    """What the profile's section says in the shared credentials file, then in the configuration file."""
    profile = asking.variable("AWS_PROFILE") or asking.variable("AWS_DEFAULT_PROFILE") or "default"
    shared = asking.variable("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    configured = asking.variable("AWS_CONFIG_FILE") or "~/.aws/config"
    there = (_section(asking, shared, profile), _section(asking, configured, profile, f"profile {profile}"))
    return [section for section in there if section]


def _section(asking: Asking, file: str, *names: str) -> Mapping[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(asking.file(file, private=False))
    except configparser.Error:
        return {}
    return next((dict(parser[name]) for name in names if parser.has_section(name)), {})


# --- Google ----------------------------------------------------------------------------------------------------------

_GOOGLE_OTHERWISE: Final = ("credentials", "client_options", "transport", "_http", "api_key")
_MADE_OF: Final[Mapping[str, str]] = {
    "service_account": "google.oauth2.service_account.Credentials.from_service_account_info",
    "authorized_user": "google.oauth2.credentials.Credentials.from_authorized_user_info",
}
_NOT_FOUND: Final = Complaint(
    "google.auth.exceptions.DefaultCredentialsError",
    "Your default credentials were not found. To set up Application Default Credentials, see "
    "https://cloud.google.com/docs/authentication/external/set-up-adc for more information.",
)


def _google(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """The file that the variable names, else the one in its well-known place; it is read when the client is made."""
    if len(args) > 1 or given(kwargs, *_GOOGLE_OTHERWISE):
        return None
    named = asking.variable("GOOGLE_APPLICATION_CREDENTIALS")
    text = asking.file(named or "~/.config/gcloud/application_default_credentials.json", private=False)
    try:
        document = json.loads(text) if text else None
    except ValueError:
        return None
    if document is None:
        return Found(kwargs, True, _NOT_FOUND)
    make = _MADE_OF.get(document.get("type", "")) if isinstance(document, dict) else None
    return Found({**kwargs, "credentials": name_at(make)(document)}) if make is not None else None


@known(*_MADE_OF.values())
def _google_document(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """What signs in is the whole document, whatever its keys: it is told as one text as well."""
    try:
        text = json.dumps(args[0] if args else kwargs.get("info"), sort_keys=True, default=str)
    except (TypeError, ValueError):
        return None
    return Found({**kwargs, "document": text})


PATTERNS.append((r"google\.cloud\.\w+(?:\.\w+)*\.\w*Client", _google))
