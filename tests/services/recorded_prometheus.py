"""Prefect's tasks for Prometheus, talking to a pushgateway."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hypothesis import strategies as st

from . import servers
from .generating import PATH, SEGMENT, word
from .recording import Conversation
from .redirected import redirected

GATEWAY = "pushgateway.recorded.example"
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
GROUP = SEGMENT | PATH | st.lists(SEGMENT, min_size=2, max_size=3).map(" ".join)
"""The client writes a blank or a slash in base64: `job@base64/…`."""
OTHERS = {
    "values": st.lists(st.integers(-999, 999).map(float), min_size=2, max_size=2),
    "labels": st.builds(
        lambda frame, one, two: [{"frame": frame, "column": one}, {"frame": frame, "column": two}],
        GROUP,
        SEGMENT,
        SEGMENT.map("two-{}".format),
    ),
    "pushgateway_url": word(r"http://[a-z]{3,12}\.example:[1-9][0-9]{3}"),
    "counter_name": word(r"[a-z][a-z0-9_]{2,40}"),
    "counter_description": SEGMENT,
    "job_name": GROUP,
}
"""One group of labels, as recorded: more of them are more requests. A metric's name has few letters."""


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """A pushgateway, on this machine, under a name of its own."""
    servers.install("prometheus-pushgateway")
    port = servers.free_port()
    command = ["prometheus-pushgateway", f"--web.listen-address={servers.HOST}:{port}"]
    with servers.run(command, port=port), redirected({GATEWAY: port}):
        yield


CONVERSATIONS = (
    Conversation("prefect.tasks.prometheus.pushgateway:PushGaugeToGateway", VALUES, others=OTHERS),
    Conversation("prefect.tasks.prometheus.pushgateway:PushAddGaugeToGateway", VALUES, others=OTHERS),
)
