"""Prefect's tasks for AWS, talking to moto, which answers as the services of AWS do."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from . import servers
from .generating import DOCUMENT, PATH, TEXT, within, word
from .recording import Conversation
from .redirected import redirected

REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "recorded-key-id", "AWS_SECRET_ACCESS_KEY": "recorded-secret-key"}
PLACE = {"boto_kwargs": {"region_name": REGION}}
ELSEWHERE = {"boto_kwargs": within(region_name=word(r"(eu|us|ap)-(central|west|south)-[1-9]"))}
BUCKET = word(r"[a-z][a-z0-9]{2,40}")
"""Names of buckets that become part of a host's name; with a dot in them another style of address is used."""
WORD = word(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
"""What AWS takes for the names of most things."""
ARN = word(r"arn:aws:iam::[0-9]{12}:role/[A-Za-z][A-Za-z0-9_-]{0,40}")


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """AWS, on this machine, for every client of this process."""
    port = servers.free_port()
    command = [sys.executable, "-m", "moto.server", "-H", servers.HOST, "-p", str(port)]
    with servers.run(command, port=port), redirected({"*.amazonaws.com": port}), patch.dict(os.environ, CREDENTIALS):
        yield


def _client(service: str) -> Any:
    import boto3

    return boto3.client(service, region_name=REGION)


# --- what the services hold before a task comes ----------------------------------------------------------------------


def _anew(setting_up: Callable[[], object]) -> Callable[[], None]:
    """What the conversation before this one left behind is forgotten first."""

    def before() -> None:
        _tell_moto("reset", {})
        _tell_moto("config", {"batch": {"use_docker": False}, "lambda": {"use_docker": False}})  # they succeed at once
        setting_up()

    return before


def _tell_moto(command: str, what: dict[str, Any]) -> None:
    asked = urllib.request.Request(
        f"http://moto.amazonaws.com/moto-api/{command}", data=json.dumps(what).encode(), method="POST"
    )
    asked.add_header("Content-Type", "application/json")
    urllib.request.urlopen(asked).close()


def _bucket(name: str, *keys: str, content: bytes = b"") -> None:
    import boto3

    storage = boto3.client("s3", region_name="us-east-1")
    storage.create_bucket(Bucket=name)
    for key in keys:
        storage.put_object(Bucket=name, Key=key, Body=content)


def _role(name: str) -> str:
    """The ARN of a role that a service may assume."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn: str = _client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    return arn


def _program() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("recorded_module.py", "def recorded_handler(event, context):\n    return event\n")
    return packed.getvalue()


def _function(name: str) -> None:
    _client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=_role(f"{name}-role"),
        Handler="recorded_module.recorded_handler",
        Code={"ZipFile": _program()},
        Description="A function that was there before the recording",
    )


def _deployment() -> None:
    _role("recorded-role-of-created")
    _bucket("recordedbucketofcode", "recorded/key/of/code.zip", content=_program())


def _queue() -> None:
    """A queue for jobs, with machines that nobody manages behind it."""
    batch = _client("batch")
    machines = "recorded-machines-of-jobs"
    batch.create_compute_environment(
        computeEnvironmentName=machines, type="UNMANAGED", state="ENABLED", serviceRole=_role("recorded-role-of-jobs")
    )
    order = [{"order": 1, "computeEnvironment": machines}]
    batch.create_job_queue(jobQueueName="recorded-queue-of-jobs", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    batch.register_job_definition(
        jobDefinitionName="recorded-definition-of-jobs",
        type="container",
        containerProperties={"image": "busybox", "vcpus": 1, "memory": 128, "command": ["true"]},
    )


def _secret() -> None:
    held = json.dumps({"dialect": "recorded-dialect", "port": 54321})
    _client("secretsmanager").create_secret(Name="recorded/name-of-the-secret", SecretString=held)


def _parameter() -> None:
    _client("ssm").put_parameter(Name="/recorded/name-of-the-parameter", Value="recorded value of the parameter", Type="String")


CONVERSATIONS = (
    Conversation(
        "prefect.tasks.aws.s3:S3Upload",
        {
            "bucket": "recordedbucketofuploads",
            "key": "recorded/key-of-the-upload.txt",
            "data": "recorded data of the upload",
        },
        _anew(lambda: _bucket("recordedbucketofuploads")),
        others={"bucket": BUCKET, "key": PATH, "data": TEXT},
    ),
    Conversation(
        "prefect.tasks.aws.s3:S3Download",
        {"bucket": "recordedbucketofdownloads", "key": "recorded/key-of-the-download.txt"},
        _anew(
            lambda: _bucket(
                "recordedbucketofdownloads",
                "recorded/key-of-the-download.txt",
                content=b"content that was there to be downloaded",
            )
        ),
        others={"bucket": BUCKET, "key": PATH},
    ),
    Conversation(
        "prefect.tasks.aws.s3:S3List",
        {"bucket": "recordedbucketoflists", "prefix": "recorded/prefix-of-the-list/"},
        _anew(
            lambda: _bucket(
                "recordedbucketoflists",
                "recorded/prefix-of-the-list/first-key.txt",
                "recorded/prefix-of-the-list/second-key.txt",
                content=b"listed",
            )
        ),
        others={"bucket": BUCKET, "prefix": PATH},
    ),
    Conversation(
        "prefect.tasks.aws.secrets_manager:AWSSecretsManager",
        {"secret": "recorded/name-of-the-secret", **PLACE},
        _anew(_secret),
        others={"secret": PATH, **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.parameter_store_manager:AWSParametersManager",
        {"parameter_name": "/recorded/name-of-the-parameter", **PLACE},
        _anew(_parameter),
        others={"parameter_name": PATH, **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.lambda_function:LambdaCreate",
        {
            "function_name": "recorded-name-of-created",
            "runtime": "python3.11",
            "role": "arn:aws:iam::123456789012:role/recorded-role-of-created",
            "handler": "recorded_module.recorded_handler",
            "bucket": "recordedbucketofcode",
            "bucket_key": "recorded/key/of/code.zip",
            "description": "recorded description of what was created",
            **PLACE,
        },
        _anew(_deployment),
        others={
            "function_name": WORD,
            "runtime": word(r"[a-z]{4,10}[1-9]\.[1-9][0-9]?"),
            "role": ARN,
            "handler": WORD,
            "bucket": BUCKET,
            "bucket_key": PATH,
            "description": TEXT,
            **ELSEWHERE,
        },
    ),
    Conversation(
        "prefect.tasks.aws.lambda_function:LambdaDelete",
        {"function_name": "recorded-name-of-deleted", **PLACE},
        _anew(lambda: _function("recorded-name-of-deleted")),
        others={"function_name": WORD, **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.lambda_function:LambdaInvoke",
        {"function_name": "recorded-name-of-invoked", "payload": '{"recorded": "payload of the invocation"}', **PLACE},
        _anew(lambda: _function("recorded-name-of-invoked")),
        others={"function_name": WORD, "payload": DOCUMENT, **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.lambda_function:LambdaList",
        {"max_items": 50, **PLACE},
        _anew(lambda: _function("recorded-name-of-listed")),
        others={"max_items": st.integers(1, 10_000), **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.batch:BatchSubmit",
        {
            "job_name": "recorded-name-of-the-job",
            "job_definition": "recorded-definition-of-jobs",
            "job_queue": "recorded-queue-of-jobs",
            **PLACE,
        },
        _anew(_queue),
        others={"job_name": WORD, "job_definition": WORD, "job_queue": WORD, **ELSEWHERE},
    ),
    Conversation(
        "prefect.tasks.aws.client_waiter:AWSClientWait",
        {
            "client": "s3",
            "waiter_name": "object_exists",
            "waiter_kwargs": {"Bucket": "recordedbucketofwaiting", "Key": "recorded/key-to-wait-for.txt"},
        },
        _anew(lambda: _bucket("recordedbucketofwaiting", "recorded/key-to-wait-for.txt", content=b"awaited")),
        others={"waiter_kwargs": within(Bucket=BUCKET, Key=PATH)},
    ),
)
