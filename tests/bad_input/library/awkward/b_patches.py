"""Replaces, while it is imported, what every other module stands on."""

import builtins
import json
import os
import time

import requests
from prefect import Task


class Patching(Task):
    """Hands a word back."""

    def run(self, word: str = "a word"):
        return word


def _bomb(*args, **kwargs):
    raise RuntimeError("this was patched by awkward.b_patches")


json.dumps = json.loads = _bomb
requests.get = requests.post = _bomb
requests.api.get = requests.api.request = _bomb
requests.Session.request = requests.sessions.Session.send = _bomb
builtins.open = _bomb
builtins.isinstance = lambda thing, kind: False
os.getcwd = os.path.exists = _bomb
time.time = lambda: 0.0
Task.__init__ = Task.run = _bomb
