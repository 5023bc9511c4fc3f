"""Every kind of parameter that the language has, on either side. Prefect itself refuses `*args` of a `run`."""

from prefect import Task


class PositionalOnly(Task):
    """Takes the word by position."""

    def __init__(self, word: str = None, /, **kwargs):
        self.word = word
        super().__init__(**kwargs)

    def run(self, word: str = None, /):
        if word is None and self.word is None:
            raise ValueError("A `word` must be given")
        return word if word is not None else self.word


class KeywordOnly(Task):
    """Takes the word by name."""

    def __init__(self, *, word: str = None, **kwargs):
        self.word = word
        super().__init__(**kwargs)

    def run(self, *, word: str = None):
        if word is None and self.word is None:
            raise ValueError("A `word` must be given")
        return word if word is not None else self.word


class Demanding(Task):
    """Demands both kinds."""

    def __init__(self, first, /, *, second, **kwargs):
        self.both = first, second
        super().__init__(**kwargs)

    def run(self, third, /, *, fourth):
        return [*self.both, third, fourth]


class Anything(Task):
    """Takes whatever is given by name, and works with some of it."""

    def __init__(self, *args, **kwargs):
        self.args = args
        super().__init__(**kwargs)

    def run(self, word: str = "a word", **more):
        return [word, sorted(more)]


class NoOptions(Task):
    """Takes nothing at all."""

    def __init__(self):
        super().__init__()

    def run(self):
        return "a word"
