"""A task with nothing to do."""

from prefect import Task


class WithoutRun(Task):
    """Has no `run`."""

    def __init__(self, word: str = None, **kwargs):
        self.word = word
        super().__init__(**kwargs)


class NotATask:
    """Looks like one."""

    def run(self, word: str = None):
        return word


a_task = WithoutRun()
