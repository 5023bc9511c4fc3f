"""What Prefect itself refuses when the class is made."""

from prefect import Task


class ManyWords(Task):
    """Takes any number of words."""

    def run(self, *words: str):
        return list(words)
