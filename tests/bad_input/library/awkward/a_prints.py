"""Writes to both streams while it is imported, by every way there is."""

import os
import sys

from prefect import Task

print("printed at import")
sys.stderr.write("complained at import\n")
os.write(1, b"written to the descriptor\n")


class Loud(Task):
    """Prints, and hands a word back."""

    def run(self, word: str = "a word"):
        print("printed by the run")
        os.write(2, b"written by the run\n")
        return word
