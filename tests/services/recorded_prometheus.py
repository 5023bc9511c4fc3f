"""Prefect's tasks for Prometheus, talking to a pushgateway."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from . import servers
from .recording import Conversation
from .redirected import redirected

GATEWAY = "pushgateway.recorded.example"
METRIC = r"[a-z][a-z0-9_]{2,40}"
"""What Prometheus takes for the name of a metric."""
VALUES = {
    "values": [4711.25, 815.5],
    "labels": [
        {"frame": "recorded-frame-of-both", "column": "recorded-column-one"},
        {"frame": "recorded-frame-of-both", "column": "recorded-column-two"},
    ],
    "pushgateway_url": f"http://{GATEWAY}:9091",
    "counter_name": "recorded_name_of_counter",
    "counter_description": "recorded description of the counter",
    "grouping_key": ["frame"],
    "job_name": "recorded-name-of-the-job",
}
PATTERNS = {"counter_name": METRIC, "pushgateway_url": r"http://[a-z]{3,12}\.example:[1-9][0-9]{3}"}


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """A pushgateway, on this machine, under a name of its own."""
    servers.install("prometheus-pushgateway")
    port = servers.free_port()
    command = ["prometheus-pushgateway", f"--web.listen-address={servers.HOST}:{port}"]
    with servers.run(command, port=port), redirected({GATEWAY: port}):
        yield


CONVERSATIONS = (
    Conversation("prefect.tasks.prometheus.pushgateway:PushGaugeToGateway", VALUES, patterns=PATTERNS),
    Conversation("prefect.tasks.prometheus.pushgateway:PushAddGaugeToGateway", VALUES, patterns=PATTERNS),
)
