"""Construction that does not end in an instance."""

import os
import sys
import time

from prefect import Task


class Raises(Task):
    """Refuses to be made."""

    def __init__(self, word: str = "a word"):
        raise RuntimeError("no connection to the coordinator")

    def run(self, word: str = "a word"):
        return word


class Sleeps(Task):
    """Waits for an hour first."""

    def __init__(self, word: str = "a word", **kwargs):
        time.sleep(3600)
        self.word = word
        super().__init__(**kwargs)

    def run(self, word: str = None):
        return word or self.word


class Exits(Task):
    """Ends the program politely."""

    def __init__(self, word: str = "a word", **kwargs):
        sys.exit(3)

    def run(self, word: str = "a word"):
        return word


class Dies(Task):
    """Ends the process at once."""

    def __init__(self, word: str = "a word", **kwargs):
        os._exit(9)

    def run(self, word: str = "a word"):
        return word


class Interrupts(Task):
    """Raises what only a user may."""

    def __init__(self, word: str = "a word", **kwargs):
        raise KeyboardInterrupt

    def run(self, word: str = "a word"):
        return word


class Bare(Task):
    """Forgets to call what it inherits."""

    def __init__(self, word: str = "a word"):
        self.word = word

    def run(self, word: str = None):
        return word or self.word
