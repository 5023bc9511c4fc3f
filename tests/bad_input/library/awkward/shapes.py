"""Classes that are made in unusual ways."""

import abc

from prefect import Task


class Refusing(type(Task)):
    """A metaclass that objects to being asked."""

    def __eq__(cls, other):
        raise RuntimeError("do not compare me")

    __hash__ = type.__hash__

    def __getattr__(cls, name):
        raise RuntimeError(f"do not ask for {name}")

    def __repr__(cls):
        raise RuntimeError("do not show me")

    def __bool__(cls):
        raise RuntimeError("do not judge me")


class Unhashable(type(Task)):
    """A metaclass whose classes cannot be put in a set."""

    __hash__ = None


class Registered(type(Task)):
    """A metaclass that keeps what is made of it, and changes it."""

    made = {}

    def __new__(mcs, name, bases, namespace):
        cls = super().__new__(mcs, name, bases, {**namespace, "registered": True})
        mcs.made[name] = cls
        return cls

    def __call__(cls, *args, **kwargs):
        return super().__call__(*args, **kwargs)


class OfRefusing(Task, metaclass=Refusing):
    """Has a hostile metaclass."""

    def run(self, word: str = "a word"):
        return word


class OfUnhashable(Task, metaclass=Unhashable):
    """Has a metaclass without a hash."""

    def run(self, word: str = "a word"):
        return word


class OfRegistered(Task, metaclass=Registered):
    """Has a friendly metaclass."""

    def __init__(self, word: str = "a word", **kwargs):
        self.word = word
        super().__init__(**kwargs)

    def run(self, word: str = None):
        return word or self.word


class Base(Task, abc.ABC, metaclass=type("Both", (type(Task), abc.ABCMeta), {})):
    """An abstract base."""

    @abc.abstractmethod
    def word(self): ...

    def run(self):
        return self.word()


class Concrete(Base):
    """What the base is for."""

    def word(self):
        return "a word"


def _made(text):
    class Made(Task):
        """Made in a function."""

        def run(self, word: str = text):
            return word

    return Made


First, Second = _made("first"), _made("second")
Third = type("NotThird", (Task,), {"run": lambda self, word="third": word, "__module__": __name__})


class Static(Task):
    """Has a static `run`."""

    @staticmethod
    def run(word: str = "a word"):
        return word


class Waiting(Task):
    """Has an asynchronous `run`."""

    async def run(self, word: str = "a word"):
        return word


class Yielding(Task):
    """Has a `run` that is a generator."""

    def run(self, word: str = "a word"):
        yield word


class Undocumented(Task):
    __doc__ = 7  # type: ignore[assignment]

    def run(self, word: str = "a word"):
        return word


class Renamed(Task):
    """Says that it lives elsewhere."""

    def run(self, word: str = "a word"):
        return word


Renamed.__module__ = "nowhere.at.all"
Renamed.__qualname__ = "Other.Name"


class Hiding(Task):
    """Has a signature that cannot be read."""

    def run(self, word: str = "a word"):
        return word


Hiding.run.__signature__ = "nonsense"
