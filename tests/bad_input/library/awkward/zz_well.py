"""The task that behaves, imported after everything else."""

import json
import os
import time
from json import dumps

import requests
from prefect import Task
from prefect.utilities.tasks import defaults_from_attrs


class WellBehaved(Task):
    """Sends a word to a service.

    Args:
        - word (str, optional): the word, unless given to the call
        - times (int, optional): how often
        - **kwargs (dict, optional): options of the task
    """

    def __init__(self, word: str = None, times: int = 2, **kwargs):
        self.word = word
        self.times = times
        super().__init__(**kwargs)

    @defaults_from_attrs("word", "times")
    def run(self, word: str = None, times: int = None) -> dict:
        """Sends it.

        Args:
            - word (str, optional): the word, unless given at construction
            - times (int, optional): how often

        Raises:
            - ValueError: if there is no word
        """
        if not word:
            raise ValueError("A `word` must be given")
        with open("word.json", "w") as file:
            file.write(dumps({"word": word, "at": time.time(), "where": os.path.basename(os.getcwd())}))
        with open("word.json") as file:
            word = json.load(file)["word"]
        answer = requests.post(f"https://words.example/{word}", json={"times": times})
        answer.raise_for_status()
        return {"id": answer.json()["id"]}
