"""Names and objects of an absent client: classes, bases, exceptions, annotations, constants, models, and what is recorded."""

from __future__ import annotations

import copy
import gc
import pickle
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any

import cloudpickle
import pytest

from taskcontract.world.canon import canon
from taskcontract.world.phantoms import PhantomModule, anything, phantom_module

from .conftest import Library, Seen

Ran = Callable[..., Seen]


@pytest.fixture
def client() -> PhantomModule:
    return phantom_module("absent_client")


def test_a_factory_makes_an_object_and_its_methods_leave(ran: Ran) -> None:
    seen = ran(
        """
        import absent_client
        def go():
            s3 = absent_client.client("s3", region="eu")
            return s3.put_object(Bucket="b", Body=b"x")
        """
    )
    made, put = seen.effects
    assert (made.kind, made.what, made.via, made.constructing) == (
        "client",
        "absent_client.client",
        "phantom:absent_client",
        True,
    )
    assert made.detail == ("call", "s3", ("region", "eu"))
    assert (put.what, put.constructing) == ("absent_client.client().put_object", False)
    assert put.detail == ("call", ("Body", b"x"), ("Bucket", "b"))


@pytest.mark.parametrize(
    ("call", "constructing"),
    [
        ("Client()", True),
        ("resource('x')", True),
        ("Credentials.from_info({})", True),
        ("models.V1Job(1)", True),
        ("connect(host='h')", False),
        ("execute_notebook('p')", False),
        ("Datastore.register(1)", False),
        ("Client().CreateItem(1)", False),
        ("Client().cursor()", True),
    ],
)
def test_what_only_makes_an_object_has_not_left(ran: Ran, call: str, constructing: bool) -> None:
    seen = ran(f"import absent_client\ndef go():\n    absent_client.{call}")
    assert seen.effects[-1].constructing is constructing


def test_differently_configured_models_are_different_arguments(ran: Ran) -> None:
    source = """
        from absent_client import models, api
        def go(name, value):
            job = models.V1Job(kind="Job")
            job.metadata.name = name
            job.labels["x"] = value
            assert job.metadata.name == name and job.kind == "Job" and job.labels["x"] == value
            api.create(job)
        """
    first, same, other, third = (ran(source, *given).effects for given in (("a", 1), ("a", 1), ("b", 1), ("a", 2)))
    assert first == same
    assert first[-1].detail != other[-1].detail != third[-1].detail != first[-1].detail
    assert ("kind", "Job") in first[-1].detail[1]


def test_what_is_set_on_a_client_belongs_to_its_calls(ran: Ran) -> None:
    source = """
        import absent_client
        def go(fast):
            cursor = absent_client.connect().cursor()
            cursor.fast = fast
            cursor.options.level["x"] = 1
            cursor.execute("q")
            cursor.options.apply()
            del cursor.fast
            del cursor.options.level["x"]
            assert cursor.fast is not fast
        """
    yes, no = ran(source, True), ran(source, False)
    assert not yes.error and not no.error
    assert yes.effects[2].detail != no.effects[2].detail
    assert yes.effects[2].detail[-1][0] == yes.effects[3].detail[-1][0] == "with"


def test_settings_of_a_module_last_for_the_run(ran: Ran, library: Library) -> None:
    source = """
        import absent_client
        def go(key):
            before = absent_client.api_key
            absent_client.api_key = key
            absent_client.Settings.region = "eu"
            return str(before), absent_client.api_key, absent_client.Settings.region
        """
    seen = ran(source, "k1")
    assert seen.value == ("absent_client.api_key", "k1", "eu")
    assert [(e.what, e.constructing) for e in seen.effects] == [
        ("absent_client.api_key = …", True),
        ("absent_client.Settings.region = …", True),
    ]
    assert ran(source, "k2").value[0] == "absent_client.api_key"


def test_a_module_level_setting_made_at_import_stays(library: Library) -> None:
    module = library.module("import absent_settled\nabsent_settled.level = 3\ndef go():\n    return absent_settled.level")
    assert library.run(module.go).value == 3


def test_an_absent_class_can_be_a_base(ran: Ran) -> None:
    seen = ran(
        """
        import abc
        import absent_client
        from absent_client import Middleware, Errors
        class Meta(type): pass
        class Own(metaclass=Meta): pass
        class Mine(Middleware, Own, flag=True):
            def __init__(self, x):
                super().__init__(x, y=2)
                self.x = x
            def call(self):
                return self.inherited(1)
        def go():
            mine = Mine(7)
            assert isinstance(mine, Middleware) and issubclass(Mine, Middleware) and not isinstance(3, Middleware)
            assert not issubclass(int, Middleware)
            mine.call()
            absent_client.Client(middleware=[mine])
            return mine.x
        """
    )
    assert seen.error is None and seen.value == 7
    assert seen.whats == ["~absent_client.Middleware", "absent_client.Middleware().inherited", "~absent_client.Client"]


def test_a_decorator_gives_the_function_back(ran: Ran) -> None:
    seen = ran(
        """
        import absent_client
        @absent_client.traced
        def plain(): return 1
        @absent_client.traced(level=2)
        def called(): return 2
        @absent_client.register
        class Thing: pass
        def go():
            @absent_client.traced("x")
            def inner(): return 3
            return plain(), called(), inner(), Thing.__name__
        """
    )
    assert seen.value == (1, 2, 3, "Thing")
    assert seen.whats == ["absent_client.traced"]


def test_a_decorator_applied_by_hand_gives_the_function_back(ran: Ran) -> None:
    seen = ran(
        """
        import absent_client
        def work(): return 5
        def go():
            absent_client.on_exit(work)
            client = absent_client.Client()
            client.submit(work)
            client.submit()(lambda: 1)
            return absent_client.with_headers("x")(work)(), absent_client.retried(work)()
        """
    )
    assert seen.value == (5, 5)
    names = [
        "on_exit",
        "~Client",
        "Client().submit",
        "Client().submit",
        "Client().submit().__call__",
        "~with_headers",
        "retried",
    ]
    assert [w.replace("absent_client.", "") for w in seen.whats] == names


def test_names_that_are_caught_or_raised_are_exceptions(ran: Ran) -> None:
    seen = ran(
        """
        import absent_client
        from absent_client.exceptions import NotFound, Timeout, ApiError as Api
        def go():
            said = []
            gone = absent_client.errors.Forbidden("b")
            old = absent_client.OldWarning("w")
            for error in (NotFound("a"), gone, Api("c", code=4), Timeout(), old):
                try:
                    raise error
                except NotFound as e:
                    said.append(("not found", str(e)))
                except (absent_client.errors.Forbidden, KeyError) as e:
                    said.append(("forbidden", str(e)))
                except Api as e:
                    said.append((e.code, str(e.status) == str(e.status), e.args))
                except absent_client.OldWarning as e:
                    said.append(isinstance(e, Warning))
                except Exception as e:
                    said.append(type(e).__name__)
            return said
        """
    )
    assert seen.value == [("not found", "a"), ("forbidden", "b"), (4, True, ("c",)), "Timeout", True]
    assert seen.effects == []


def test_exception_classes_have_names_below_and_travel(client: PhantomModule) -> None:
    error: Any = client.KafkaError
    assert repr(error._PARTITION_EOF) == "absent_client.KafkaError._PARTITION_EOF"
    assert repr(error) == "absent_client.KafkaError"
    assert pickle.loads(pickle.dumps(error)) is error
    raised = pickle.loads(pickle.dumps(error("x")))
    assert isinstance(raised, error) and raised.args == ("x",)
    with pytest.raises(AttributeError):
        _ = error.__nothing__
    with pytest.raises(AttributeError):
        _ = error("x").__nothing__

    class Own(error):  # type: ignore[misc]
        """A library's own exception below an absent one."""

    assert "Own" in repr(Own)
    with pytest.raises(AttributeError):
        _ = Own.something
    assert pickle.loads(cloudpickle.dumps(Own)) is Own


def test_a_name_serves_as_an_annotation(client: PhantomModule) -> None:
    name: Any = client.Model
    assert typing.Optional[name] == typing.Union[name, None]  # noqa: UP007, UP045
    assert typing.get_args(name | None) == (name, type(None))
    assert typing.get_args(int | name) == (int, name)
    assert typing.get_args(typing.List[name]) == (name,)  # noqa: UP006
    assert repr(name[int]) == "absent_client.Model[int]" and repr(name["x"]) == "absent_client.Model['x']"


def test_a_name_serves_as_a_constant(client: PhantomModule) -> None:
    a: Any = client.Mode.READ
    b: Any = client.Mode.WRITE
    assert a == client.Mode.READ and a != b and len({a, b, client.Mode.READ}) == 2
    assert str(a) == repr(a) == f"{a}" == "absent_client.Mode.READ"
    assert repr(a | b) == "(absent_client.Mode.READ | absent_client.Mode.WRITE)"
    for made in (a + 1, 1 + a, a - 1, a * 2, 2 * a, a / 2, a & b, 1 & a, a ^ b, ~a, 1 | a):
        assert "absent_client.Mode.READ" in repr(made)
    assert (int(a), float(a), bool(a), len(a), [1, 2][a], 3 in a) == (1, 1.0, True, 1, 2, True)
    assert not a < 5 and a > 5 and a >= 5 and not a <= 5
    assert a + (float,) == (a, float) and (float,) + a == (float, a)  # noqa: RUF005
    assert client.__version__ > "3.0"
    with a as entered:
        assert str(entered) == str(entered)
    one, two = a
    assert one != two and len(list(a)) == 1
    for missing in (client, a):
        with pytest.raises(AttributeError):
            _ = missing.__nothing__


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [("x", "string_types", True), (3, "string_types", False), (3, "integer_types", True), ("x", "DataFrame", False)],
)
def test_a_name_that_speaks_of_a_builtin_type_means_it(client: PhantomModule, value: object, name: str, expected: bool) -> None:
    assert isinstance(value, getattr(client, name)) is expected
    assert isinstance(value, (getattr(client, name), complex)) is expected


def test_an_object_is_of_its_class_however_that_was_imported(ran: Ran) -> None:
    seen = ran(
        """
        from absent_client import Pool, fetch
        from absent_client.pools import Pool as Same, Other
        def go():
            pool = Pool(1)
            pools = isinstance(pool, Pool), isinstance(pool, Same), isinstance(pool, Other)
            return (*pools, isinstance(fetch(), Other), isinstance(3, Pool))
        """
    )
    assert seen.value == (True, True, False, True, False)


@pytest.mark.parametrize("through", [pickle, cloudpickle, copy])
def test_everything_survives_a_round_trip(client: PhantomModule, through: ModuleType) -> None:
    def trip(value: Any) -> Any:
        return copy.deepcopy(value) if through is copy else pickle.loads(through.dumps(value))

    assert trip(client) is client
    assert trip(client.Model) is client.Model
    model = client.Model(1, name="n")
    model.spec.replicas = 2
    model.items_of["k"] = "v"
    again = trip(model)
    assert again is not model and again == model and canon(again) == canon(model)
    assert again.spec.replicas == 2 and again.items_of["k"] == "v" and again.name == "n"
    again.spec.replicas = 3
    assert again != model
    answer = client.fetch(1)
    assert trip(answer) == answer and str(trip(answer)) == str(answer)
    assert trip({"in": [answer["x"]]}) == {"in": [answer["x"]]}


def test_objects_are_hashable_and_told_apart(client: PhantomModule) -> None:
    model, other = client.Model(1), client.Model(1)
    assert model == other and model != client.Model(2) and model != 3
    assert len({model: 1, other: 2}) == 2
    assert repr(model) == str(model) == "<absent_client.Model()>"
    assert "0x" not in repr(client) + repr(client.fetch()) + repr(client.Model)
    assert bool(model) and sorted(dir(client.Model(name=1))) == ["name"]
    assert "__path__" in dir(client)
    with pytest.raises(AttributeError):
        _ = model.__nothing__


def test_a_value_for_a_parameter_that_takes_a_clients_object(library: Library) -> None:
    pipeline = anything("pipeline")
    seen = library.run(lambda: pipeline.tagger.tag("x"))
    assert [(e.what, e.via) for e in seen.effects] == [("pipeline().tagger.tag", "phantom:pipeline")]
    assert canon(pipeline) == ("phantom", "pipeline()")


def test_nothing_is_recorded_without_a_run(library: Library) -> None:
    module = library.module(
        "import absent_client\nclient = absent_client.Client(1)\nkept = client.fetch()['x']\nok = bool(kept)"
    )
    assert module.ok is True and str(module.kept).startswith("answer-x-")
    assert library.run(lambda: module.client.send(1)).whats == ["absent_client.Client().send"]


def test_a_weak_cache_lets_go_of_a_client(library: Library) -> None:
    module = library.module(
        """
        import weakref
        import absent_client
        cache = weakref.WeakValueDictionary()
        def go():
            client = cache.get("c") or absent_client.client("s3")
            cache["c"] = client
            client.sub.deep.call(client)
            client.waiter_names
            return 1
        """
    )
    gc.disable()
    try:
        runs = [library.run(module.go).whats for _ in range(3)]
    finally:
        gc.enable()
    assert runs[0] == runs[1] == runs[2] == ["~absent_client.client", "absent_client.client().sub.deep.call"]
    assert len(module.cache) == 0


def test_a_client_cached_for_good_is_opened_again_in_each_runs_trace(library: Library) -> None:
    module = library.module(
        """
        import absent_client
        cache = {}
        def go(handed_on):
            if "c" not in cache:
                cache["c"] = absent_client.Session(1).client("s3")
            if handed_on:
                return absent_client.send([cache["c"]])
            return cache["c"].call()
        """
    )
    called = [library.run(module.go, False).effects for _ in range(3)]
    assert called[0] == called[1] == called[2]
    assert [e.what for e in called[1]] == [
        "absent_client.Session",
        "absent_client.Session().client",
        "absent_client.Session().client().call",
    ]
    assert library.run(module.go, True).whats[:2] == ["~absent_client.Session", "~absent_client.Session().client"]


def test_arguments_may_have_any_name(ran: Ran) -> None:
    seen = ran(
        """
        import absent_client
        def go():
            absent_client.call(self=1, path=2, name=3, args=4, frame=5)
            absent_client.Client(self=1).call(self=1, via=2)
        """
    )
    assert seen.error is None and len(seen.effects) == 3


def test_the_budget_of_effects_cuts_endless_use(ran: Ran) -> None:
    seen = ran("import absent_client\ndef go():\n    c = absent_client.Client()\n    while True:\n        c.ping()", most=25)
    assert type(seen.error).__name__ == "Cut" and len(seen.effects) == 25
