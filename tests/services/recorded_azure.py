"""Prefect's tasks for Azure's blobs, talking to azurite, which is Microsoft's own emulator of them."""

from __future__ import annotations

import base64
import contextlib
import tempfile
from collections.abc import Iterator
from typing import Any

from . import servers
from .generating import PATH, TEXT, word
from .recording import Conversation
from .redirected import redirected

VERSION = "3.37.0"
ACCOUNT = "recordedaccount"
SUFFIX = "core.windows.net"
KEY = base64.b64encode(b"key of an account that is nowhere but here").decode()
SECRET = "AZ_CONNECTION_STRING"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName={ACCOUNT};AccountKey={KEY};EndpointSuffix={SUFFIX}"
CONTAINER = word(r"[a-z][a-z0-9]{2,30}")
"""What Azure takes for the name of a container."""


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Azure's blob storage, on this machine, for every client of this process."""
    command = servers.node("azurite", VERSION).parent / ".bin" / "azurite-blob"
    port = servers.free_port()
    with tempfile.TemporaryDirectory() as folder:
        started = [str(command), "--blobHost", servers.HOST, "--blobPort", str(port), "--location", folder, "--silent"]
        there = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
        command_line = [*started, "--skipApiVersionCheck", "--disableTelemetry"]
        with servers.run(command_line, port=port, environment=there), redirected({f"*.{SUFFIX}": port}):
            yield


def _container(name: str) -> Any:
    from azure.storage.blob import BlobServiceClient

    return BlobServiceClient.from_connection_string(CONNECTION).create_container(name)


CONVERSATIONS = (
    Conversation(
        "prefect.tasks.azure.blobstorage:BlobStorageUpload",
        {
            "container": "recordedcontainerofuploads",
            "blob_name": "recorded-name-of-the-blob.txt",
            "data": "recorded data of the blob",
        },
        lambda: _container("recordedcontainerofuploads"),
        {SECRET: CONNECTION},
        {"container": CONTAINER, "blob_name": PATH, "data": TEXT},
    ),
    Conversation(
        "prefect.tasks.azure.blobstorage:BlobStorageDownload",
        {"container": "recordedcontainerofdownloads", "blob_name": "recorded-name-to-download.txt"},
        lambda: _container("recordedcontainerofdownloads").upload_blob(
            "recorded-name-to-download.txt", "content that was there to be downloaded"
        ),
        {SECRET: CONNECTION},
        {"container": CONTAINER, "blob_name": PATH},
    ),
)
