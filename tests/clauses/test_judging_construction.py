"""The clauses about construction, each judged on plain classes: what they say, word for word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.frameworks.protocol import OptionSample
from taskcontract.model import Effect, Observation, Outcome, Read, Value

Judge = Callable[..., dict[str, object] | None]
CLOCK = Read("clock", "", "construct")
BARE = Observation(Outcome("returned"), "construct", attributes={"name": "Task", "tags": ()}, reads=(CLOCK,))
SAMPLES = {
    "name": OptionSample("name", Value.of("given"), "name", "task.name", "'given'"),
    "tags": OptionSample("tags", Value.of("red"), "tags", "task.tags", "'red'"),
    "delay": OptionSample("delay", Value.of(3), "delay", "task.delay", "3", ("tags",)),
}


class Base:
    """As the framework's own task: sets its options as attributes."""

    def __init__(self, name: Any = "Task", tags: Any = (), delay: Any = None) -> None:
        self.name, self.tags, self.delay = name, tags, delay


class Upload(Base):
    """Passes on what it is given."""

    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        self.repo = repo
        super().__init__(**kwargs)

    def run(self) -> None:
        print("PUT", self.repo)


class Dropping(Upload):
    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        super().__init__(repo)


class Swapping(Upload):
    """Takes an option for its own."""

    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        super().__init__(kwargs.get("tags", repo), **kwargs)


class Choosy(Upload):
    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        if kwargs:
            raise ValueError(f"{', '.join(kwargs)} cannot be given")
        super().__init__(repo)


class Failing(Upload):
    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        raise RuntimeError("no licence")


class Overwritten(Base):
    """Its `name` is what the framework sets."""

    def __init__(self, name: Any = None, **kwargs: Any) -> None:
        self.name = name
        super().__init__(**kwargs)

    def run(self) -> None: ...


class Kept(Overwritten):
    def __init__(self, name: Any = None, **kwargs: Any) -> None:
        self.called = name
        super().__init__(name, **kwargs)


class Pair(Upload):
    """Demands that its two arguments come together."""

    def __init__(self, repo: Any = None, owner: Any = None, **kwargs: Any) -> None:
        if repo and not owner:
            raise TypeError("repo without owner")
        super().__init__(repo, **kwargs)


class Many(Upload):
    def __init__(self, repo: Any = None, owner: Any = None, base: Any = None, head: Any = None, **kwargs: Any) -> None:
        super().__init__((repo, owner, base, head), **kwargs)


class Trio(Many):
    """Breaks with two of its four arguments, which none of the plain subsets gives."""

    def __init__(self, repo: Any = None, owner: Any = None, base: Any = None, head: Any = None, **kwargs: Any) -> None:
        if repo and head and not owner and not base:
            raise KeyError("base")
        super().__init__(repo, owner, base, head, **kwargs)


class Asking(Upload):
    """Demands at construction what could come with the call."""

    def __init__(self, repo: Any = None, branch: Any = None, **kwargs: Any) -> None:
        if repo and not branch:
            raise ValueError("a branch is required")
        super().__init__(repo, **kwargs)

    def run(self, repo: Any = None, branch: Any = None) -> None: ...


class Early(Upload):
    """Reads an attribute of its own before it is set."""

    def __init__(self, repo: Any = None, **kwargs: Any) -> None:
        print(self.repo)
        super().__init__(repo, **kwargs)


def reading(*reads: Read, effects: tuple[Effect, ...] = ()) -> Callable[[Observation], Observation]:
    return lambda seen: replace(seen, reads=reads, effects=effects)


def test_init_inert_holds(judge: Judge) -> None:
    assert judge("TC101", "without arguments", Upload) == {
        "verdict": "holds",
        "subject": "without arguments",
        "message": "construction opens and reads nothing",
        "examples": 1,
    }
    clock = {"construct": reading(CLOCK, Read("env", "HOME", "run"))}
    assert judge("TC101", "with all arguments", Upload, bare=BARE, retold=clock) == {
        "verdict": "holds",
        "subject": "with all arguments",
        "message": "construction opens and reads nothing",
        "examples": 1,
    }


def test_init_inert_is_violated(judge: Judge) -> None:
    secret = {"construct": reading(Read("secret", "TOKEN", "construct"), Read("env", "HOME", "construct"))}
    assert judge("TC101", "with all arguments", Upload, bare=BARE, retold=secret) == {
        "verdict": "violated",
        "subject": "with all arguments",
        "message": "Upload(repo='repo-zf2qzj') reads the secret TOKEN, reads the environment variable HOME",
        "expected": "nothing is opened or read by construction",
        "actual": "reads the secret TOKEN; reads the environment variable HOME",
        "fix": "tasks.py:5: keep the value given and do this in `run`",
        "examples": 1,
    }
    file = Effect("file", "open /x")
    many = (Effect("connect", "connect to example.com:443"), Effect("client", "boto3.client().list"), file, file)
    opened = {"construct": reading(CLOCK, effects=many)}
    assert judge("TC101", "with all arguments", Upload, retold=opened) == {
        "verdict": "violated",
        "subject": "with all arguments",
        "message": "Upload(repo='repo-zf2qzj') connect to example.com:443, calls boto3.client().list, open /x and 2 more",
        "expected": "nothing is opened or read by construction",
        "actual": "connect to example.com:443; calls boto3.client().list; open /x; open /x; reads the clock",
        "fix": "tasks.py:5: keep the value given and do this in `run`",
        "examples": 1,
    }


def test_init_inert_is_unproven(judge: Judge) -> None:
    assert judge("TC101", "without arguments", Failing) == {
        "verdict": "unproven",
        "subject": "without arguments",
        "message": "it could not be constructed: constructing raised RuntimeError: no licence",
        "settles": "values that construct, declared",
    }
    tick = iter(range(100))
    never = {"construct": lambda seen: replace(seen, effects=(Effect("connect", f"connect to {next(tick)}"),))}
    assert judge("TC101", "without arguments", Upload, retold=never) == {
        "verdict": "unproven",
        "subject": "without arguments",
        "message": "constructing twice is never the same",
        "settles": "a constructor that can be compared",
    }


def test_init_portable_holds(judge: Judge) -> None:
    assert judge("TC102", "with all arguments", Upload) == {
        "verdict": "holds",
        "subject": "with all arguments",
        "message": "pickled and loaded, it does what the original does",
        "examples": 2,
    }


def test_init_portable_is_violated_by_what_does_not_pickle(judge: Judge) -> None:
    stuck = Outcome("raised", None, "TypeError", ("TypeError",), "cannot pickle '_thread.lock' object")
    retold = {"pickled": lambda seen: replace(seen, outcome=stuck, effects=(), notes=("pickling",))}
    assert judge("TC102", "with all arguments", Upload, retold=retold) == {
        "verdict": "violated",
        "subject": "with all arguments",
        "message": "the instance does not pickle: TypeError: cannot pickle '_thread.lock' object",
        "expected": "cloudpickle.loads(cloudpickle.dumps(task)) gives a working task",
        "actual": "TypeError: cannot pickle '_thread.lock' object",
        "fix": "tasks.py:5: keep plain configuration on the instance; make clients, locks and files in `run`",
        "examples": 1,
    }


def test_init_portable_is_violated_by_what_is_lost_on_the_way(judge: Judge) -> None:
    lost = {"pickled": lambda seen: replace(seen, effects=(Effect("http", "PUT None", "PUT None"),))}
    assert judge("TC102", "with all arguments", Upload, retold=lost) == {
        "verdict": "violated",
        "subject": "with all arguments",
        "message": "after cloudpickle the instance acts differently: Upload(repo='repo-zf2qzj').run() returned None "
        "after PUT None",
        "expected": "as before pickling: PUT repo-zf2qzj",
        "actual": "PUT None",
        "fix": "tasks.py:5: keep plain configuration on the instance; make clients, locks and files in `run`",
        "examples": 2,
    }


def test_init_portable_is_unproven(judge: Judge) -> None:
    assert judge("TC102", "without arguments", Failing) == {
        "verdict": "unproven",
        "subject": "without arguments",
        "message": "it could not be constructed: constructing raised RuntimeError: no licence",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    tick = iter(range(100))
    never = {"pickled": lambda seen: replace(seen, effects=(Effect("http", f"PUT {next(tick)}"),))}
    assert judge("TC102", "with all arguments", Upload, retold=never) == {
        "verdict": "unproven",
        "subject": "with all arguments",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }
    stuck = Outcome("raised", None, "TypeError", ("TypeError",), "cannot pickle 'function' object")

    def pickled(seen: Observation) -> Observation:
        return replace(seen, outcome=stuck, effects=(), notes=("pickling",)) if "lambda" in str(seen.attributes) else seen

    value = Value("'lambda'", ("import pathlib",))  # what has a setup is no plain literal
    assert judge("TC102", "with all arguments", Upload, values={"repo": value}, retold={"pickled": pickled}) == {
        "verdict": "unproven",
        "subject": "with all arguments",
        "message": "with the values tried it does not pickle: cannot pickle 'function' object",
        "settles": "values that pickle",
    }


def test_init_portable_is_unproven_if_no_run_can_be_compared(judge: Judge) -> None:
    class Demanding(Upload):
        def run(self, repo: Any) -> None: ...  # type: ignore[override]

    assert judge("TC102", "without arguments", Demanding, values={}) == {
        "verdict": "unproven",
        "subject": "without arguments",
        "message": "it pickles, and no run could be compared: calling run raised TypeError: missing a required "
        "argument: 'repo'",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }


def test_init_forwards_options_holds(judge: Judge) -> None:
    assert judge("TC103", "task options", Upload, samples=SAMPLES, bare=BARE, init_var_keyword=True) == {
        "verdict": "holds",
        "subject": "task options",
        "message": "3 options reach the task and leave its own attributes alone",
        "examples": 3,
    }
    assert judge("TC103", "task options", Choosy, samples=SAMPLES, bare=BARE, init_var_keyword=True) == {
        "verdict": "holds",
        "subject": "task options",
        "message": "3 options reach the task and leave its own attributes alone, or are refused aloud",
        "examples": 3,
    }
    assert judge("TC103", "name", Kept, bare=BARE) == {
        "verdict": "holds",
        "subject": "name",
        "message": "its value is kept in `self.called`",
        "examples": 2,
    }


def test_init_forwards_options_is_violated(judge: Judge) -> None:
    assert judge("TC103", "task options", Dropping, samples=SAMPLES, bare=BARE, init_var_keyword=True) == {
        "verdict": "violated",
        "subject": "task options",
        "message": "the task option `name` does not reach the task: Dropping(repo='repo-zf2qzj', name='given') gives "
        "'Task'",
        "expected": "'given'",
        "actual": "'Task'",
        "fix": "tasks.py:5: take `**kwargs` and pass it on: `super().__init__(**kwargs)`",
        "examples": 1,
    }
    assert judge("TC103", "task options", Swapping, samples=SAMPLES, bare=BARE, init_var_keyword=True) == {
        "verdict": "violated",
        "subject": "task options",
        "message": "the task option `tags` changes `self.repo`: Swapping(repo='repo-zf2qzj', tags='red') gives 'red'",
        "expected": "'repo-zf2qzj'",
        "actual": "'red'",
        "fix": "tasks.py:5: take `**kwargs` and pass it on: `super().__init__(**kwargs)`",
        "examples": 1,
    }
    assert judge("TC103", "name", Overwritten, bare=BARE) == {
        "verdict": "violated",
        "subject": "name",
        "message": "`name='name-nstvxj'` is gone after construction: `Task.__init__` sets an attribute of that name, "
        "and `self.name` is 'Task'",
        "expected": "the value given, in some attribute: 'name-nstvxj'",
        "actual": "self.name == 'Task'",
        "fix": "tasks.py:5: store `name` under another name, or after `super().__init__(**kwargs)`",
        "examples": 1,
    }


def test_init_forwards_options_has_nothing_to_say(judge: Judge) -> None:
    assert judge("TC103", "task options", Upload, bare=BARE, init_var_keyword=True) is None
    assert judge("TC103", "repo", Upload, bare=BARE) is None
    own = {"name": SAMPLES["name"]}
    assert judge("TC103", "task options", Overwritten, samples=own, bare=BARE, init_var_keyword=True) is None


def test_init_forwards_options_is_unproven(judge: Judge) -> None:
    assert judge("TC103", "task options", Failing, samples=SAMPLES, init_var_keyword=True) == {
        "verdict": "unproven",
        "subject": "task options",
        "message": "it could not be constructed: constructing raised RuntimeError: no licence",
        "settles": "values that construct, declared",
    }


def test_init_constructs_holds(judge: Judge) -> None:
    assert judge("TC104", "any subset", Upload) == {
        "verdict": "holds",
        "subject": "any subset",
        "message": "2 subsets of repo construct",
        "examples": 2,
    }
    assert judge("TC104", "any subset", Many) == {
        "verdict": "holds",
        "subject": "any subset",
        "message": "10 subsets of base, head, owner, repo construct",
        "examples": 14,
    }


def test_init_constructs_is_violated_by_a_drawn_subset(judge: Judge) -> None:
    assert judge("TC104", "any subset", Trio, examples=60) == {
        "verdict": "violated",
        "subject": "any subset",
        "message": "Trio(repo='repo-zf2qzj', head='head-7bdwnw') does not construct: constructing raised KeyError: "
        "'base'; Trio(repo='repo-zf2qzj', owner='owner-9c62zj', base='base-xhvktz', head='head-7bdwnw') "
        "constructs",
        "expected": "every subset of the arguments constructs; what is missing can come with the call",
        "actual": "constructing raised KeyError: 'base'",
        "fix": "tasks.py:5: store what is given and check it in `run`",
        "examples": 1,
    }


def test_init_constructs_is_violated(judge: Judge) -> None:
    assert judge("TC104", "any subset", Pair) == {
        "verdict": "violated",
        "subject": "any subset",
        "message": "Pair(repo='repo-zf2qzj') does not construct: constructing raised TypeError: repo without owner; "
        "Pair(repo='repo-zf2qzj', owner='owner-9c62zj') constructs",
        "expected": "every subset of the arguments constructs; what is missing can come with the call",
        "actual": "constructing raised TypeError: repo without owner",
        "fix": "tasks.py:5: store what is given and check it in `run`",
        "examples": 1,
    }
    assert judge("TC104", "any subset", Asking) == {
        "verdict": "violated",
        "subject": "any subset",
        "message": "Asking(repo='repo-zf2qzj') does not construct: constructing raised ValueError: a branch is "
        "required; Asking(repo='repo-zf2qzj', branch='branch-v24bwf') constructs",
        "expected": "every subset of the arguments constructs; what is missing can come with the call",
        "actual": "constructing raised ValueError: a branch is required",
        "fix": "tasks.py:5: store what is given and check it in `run`",
        "examples": 1,
    }
    assert judge("TC104", "any subset", Early) == {
        "verdict": "violated",
        "subject": "any subset",
        "message": "Early() does not construct: constructing raised AttributeError: 'Early' object has no attribute "
        "'repo'",
        "expected": "every subset of the arguments constructs; what is missing can come with the call",
        "actual": "constructing raised AttributeError: 'Early' object has no attribute 'repo'",
        "fix": "tasks.py:5: store what is given and check it in `run`",
        "examples": 1,
    }


def test_init_constructs_is_unproven(judge: Judge) -> None:
    unprepared = {"construct": lambda seen: replace(seen, phase="setup")}
    assert judge("TC104", "any subset", Failing, retold=unprepared) == {
        "verdict": "unproven",
        "subject": "any subset",
        "message": "nothing tried constructs: preparing raised RuntimeError: no licence",
        "settles": "values that construct, declared",
    }
    tick = iter(range(100))
    failed = Outcome("raised", None, "AttributeError", ("AttributeError",), "'Upload' object has no attribute 'client'")

    def never(seen: Observation) -> Observation:
        return replace(seen, outcome=replace(failed, text=f"{failed.text} {next(tick)}"))

    assert judge("TC104", "any subset", Upload, retold={"construct": never}) == {
        "verdict": "unproven",
        "subject": "any subset",
        "message": "constructing twice is never the same",
        "settles": "a constructor that can be compared",
    }


def test_construction_clauses_take_a_task_without_parameters_of_its_own(bench_of: Callable[..., Bench]) -> None:
    class Plain:
        def run(self) -> None: ...

    spec = bench_of(Plain).spec
    assert {c.code: c.subjects(spec) for c in CATALOGUE if not c.needs_run} == {
        "TC101": ("without arguments",),
        "TC102": ("without arguments",),
        "TC103": (),
        "TC104": (),
    }
