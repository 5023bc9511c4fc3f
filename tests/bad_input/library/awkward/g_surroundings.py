"""Changes, while it is imported, what all modules share."""

import logging
import os
import random
import signal
import sys
import warnings

from prefect import Task

os.environ.clear()
os.environ["REGION"] = "elsewhere"
os.chdir("/")
sys.path.clear()
sys.argv[:] = ["awkward"]
sys.setrecursionlimit(120)
random.seed(0)
logging.disable(logging.CRITICAL)
warnings.simplefilter("error")
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.alarm(0)
sys.stdout.close()
sys.stderr = None


class Elsewhere(Task):
    """Hands a word back."""

    def run(self, word: str = "a word"):
        return word
