"""What is read from the code: fallbacks in every form, merges, guards, uses; and what must not be read into it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import Any

import pytest

from taskcontract.model import TaskSpec

Describe = Callable[..., TaskSpec]


def facts(spec: TaskSpec, *kinds: str) -> list[tuple[str, str, Any]]:
    """(kind, about, value) of the facts of these kinds."""
    return [(f.kind, f.about, f.value) for f in spec.facts if f.kind in kinds]


def values(spec: TaskSpec, kind: str, about: str = "") -> list[Any]:
    return [f.value for f in spec.about(kind, about)]


def body(code: str, run: str = "self, x=None, y=None, z=None, **more", before: str = "", after: str = "") -> str:
    """A task that keeps x, y and z, and runs `code`."""
    return f"""
{before}
class T(Task):
    KINDS = ("alpha", "beta")

    def __init__(self, x=None, y=None, z=None, **kwargs):
        self.x = x
        self.y = y
        self.kept_z = z
        super().__init__(**kwargs)

    def run({run}):
{indent(code.strip(), "        ")}
{after}
"""


# --- fallbacks ---------------------------------------------------------------------------------------------------------

FALLBACKS = {
    "or": "x = x or self.x\nuse(x)",
    "in a call": "use(x or self.x)",
    "conditional": "use(x if x is not None else self.x)",
    "conditional by truth": "use(x if x else self.x)",
    "conditional, turned round": "use(self.x if x is None else x)",
    "conditional, negated": "use(self.x if not x else x)",
    "if is none": "if x is None:\n    x = self.x\nuse(x)",
    "if not": "if not x:\n    x = self.x",
    "two arms": "if x:\n    value = x\nelse:\n    value = self.x\nuse(value)",
    "two arms, turned round": "if x is None:\n    value = self.x\nelse:\n    value = x",
    "overwriting": "if x:\n    self.x = x\nuse(self.x)",
    "overwriting always": "self.x = x or self.x",
    "alias": "name = x\nname = name if name is not None else self.x",
    "getattr": "x = x or getattr(self, 'x')",
    "walrus": "use((found := x) or self.x)",
    "in a nested function": "def inner():\n    return x or self.x\nreturn inner()",
    "in a comprehension": "return [(x or self.x) + i for i in range(3)]",
    "in a with": "with open('f') as stream:\n    use(x or self.x)",
    "through a helper": "x = self.pick(x, self.x)",
    "through a function": "x = first(x, self.x)",
    "chained": "x = x or y or self.x",
    "by name through a helper": "x = self.resolve('x', x)",
    "in a loop over names": "for name in ('y', 'x'):\n    use(x if x is not None else getattr(self, name))",
}
HELPERS = """
    def resolve(self, name, given):
        return given if given is not None else getattr(self, name)

    def pick(self, given, default):
        return given if given is not None else default
"""


@pytest.mark.parametrize("form", FALLBACKS)
def test_a_fallback_is_seen_in_every_form(spec: Describe, form: str) -> None:
    before = "def first(*names): ...\ndef first(given, default):\n    return given or default\n"
    found = spec(body(FALLBACKS[form], before=before, after=HELPERS))
    assert found.fallbacks.get("x") == "x"
    (fact,) = [f for f in found.facts if (f.kind, f.about, f.value) == ("fallback", "x", "self.x")]
    assert fact.source.file and fact.source.line


NO_FALLBACKS = {
    "nothing": "return x",
    "a condition": "if x or self.x:\n    return 1",
    "a condition of a loop": "while x or self.y:\n    break",
    "an assertion": "assert x or self.x",
    "another value": "x = x or 5",
    "unused attribute": "return (x, self.x)",
    "a comparison": "return x == self.x",
}


@pytest.mark.parametrize("form", NO_FALLBACKS)
def test_what_is_no_fallback(spec: Describe, form: str) -> None:
    assert spec(body(NO_FALLBACKS[form])).fallbacks == {}


def test_a_fallback_to_an_attribute_of_another_name(spec: Describe) -> None:
    assert spec(body("z = self.kept_z if z is None else z")).fallbacks == {"z": "kept_z"}


def test_a_fallback_for_a_name_in_kwargs(spec: Describe) -> None:
    found = spec(body("return more.get('extra', self.y), more.pop('other')"))
    assert found.fallbacks == {"extra": "y"}
    assert facts(found, "keyword") == [("keyword", "extra", "run"), ("keyword", "other", "run")]


def test_the_decorator_is_not_also_a_fallback(spec: Describe) -> None:
    source = body("return x or self.x").replace("    def run(", '    @defaults_from_attrs("x", "y")\n    def run(')
    found = spec(source)
    assert found.decorated == {"x": "x", "y": "y"} and found.fallbacks == {}
    (fact, _) = [f for f in found.facts if f.kind == "decorated"]
    assert found.line_of_run is not None and fact.source.line == found.line_of_run - 1


MERGES = {
    "display": "use({**self.x, **x})",
    "display with a default": "use({**self.x, **(x or {})})",
    "dict call": "use(dict(self.x, **x))",
    "dict of both": "use(dict(**self.x, **x))",
    "operator": "use(self.x | x)",
    "concatenation": "use(self.x + x)",
    "update": "both = self.x.copy()\nboth.update(x)",
    "update in place": "self.x.update(x or {})",
    "in place operator": "both = self.x\nboth |= x",
    "through a helper": "use(join(self.x, x))",
    "through a copy": "both = dict(self.x)\nboth.update(x)",
}


@pytest.mark.parametrize("form", MERGES)
def test_a_merge_is_seen_in_every_form(spec: Describe, form: str) -> None:
    found = spec(body(MERGES[form], before="def join(a, b):\n    return {**a, **b}\n"))
    assert ("merged", "x", "self.x") in facts(found, "merged")


def test_values_of_different_names_are_not_merged(spec: Describe) -> None:
    assert facts(spec(body("use(self.x + y, {**self.y, **x})")), "merged") == []


@pytest.mark.parametrize(
    ("code", "kind", "value"),
    [
        ("x = x or str(uuid.uuid4())", "generated", "str(uuid.uuid4())"),
        ("if x is None:\n    x = datetime.datetime.now()", "generated", "datetime.datetime.now()"),
        ("x = x or prefect.context.today", "generated", "prefect.context.today"),
        ("x = x or os.environ['X']", "looked-up", "os.environ['X']"),
        ("x = x or Secret('X').get()", "looked-up", "Secret('X').get()"),
        ("x = x or 5", "substitute", "5"),
        ("x = x or {}", "substitute", "{}"),
        ("x = x or dict()", "substitute", "dict()"),
        ("x = x or (lambda: f(1))", "substitute", "lambda: f(1)"),
    ],
)
def test_what_stands_in_for_a_value(spec: Describe, code: str, kind: str, value: str) -> None:
    assert facts(spec(body(code)), "generated", "looked-up", "substitute") == [(kind, "x", value)]


def test_attributes_that_are_set_by_name(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, a=None, b=None):
                super().__init__()
                setattr(self, "a", a)
                self.put("held", b)
            def put(self, name, value):
                setattr(self, name, value)
            def run(self, a=None, b=None):
                return a or self.a, b or self.held
    """)
    assert found.stored == {"a": "a", "b": "held"} and found.fallbacks == {"a": "a", "b": "held"}


def test_what_construction_keeps(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, a=None, b=None, c=None, d=None, e=None):
                self.a, self.other = a, b
                self.c = c or {}
                if d is None:
                    d = 5
                self.d = d
                super().__init__()
                self.hold(e)
            def hold(self, value):
                self.e = value
            def run(self): ...
    """)
    assert found.stored == {"a": "a", "b": "other", "e": "e"}
    assert facts(found, "normalised") == [("normalised", "c", "self.c = c or {}"), ("normalised", "d", "self.d = d")]


# --- guards ------------------------------------------------------------------------------------------------------------

DEMANDS = {
    "if x is None:\n    raise ValueError('x?')": [("guard", "x", "ValueError: x?")],
    "if not x:\n    raise ValueError": [("guard", "x", "ValueError")],
    "if x == '':\n    raise ValueError(f'no {x!r} here')": [("guard", "x", "ValueError: no {x} here")],
    "if len(x) == 0:\n    raise ValueError('{}'.format(1))": [("guard", "x", "ValueError: {}")],
    "if len(x) < 1:\n    raise KeyError(x)": [("guard", "x", "KeyError: x")],
    "if not x.strip():\n    raise ValueError('blank')": [("guard", "x", "ValueError: blank")],
    "if x in (None, ''):\n    raise ValueError('a')": [("guard", "x", "ValueError: a")],
    "if not x or not y:\n    raise ValueError('a')": [("guard", "x", "ValueError: a"), ("guard", "y", "ValueError: a")],
    "if not (x and y):\n    raise ValueError('a')": [("guard", "x", "ValueError: a"), ("guard", "y", "ValueError: a")],
    "if None in [x, y]:\n    raise ValueError('a')": [("guard", "x", "ValueError: a"), ("guard", "y", "ValueError: a")],
    "if not all([x, y]):\n    raise ValueError('a')": [("guard", "x", "ValueError: a"), ("guard", "y", "ValueError: a")],
    "if any(v is None for v in (x, y)):\n    raise ValueError('a')": [
        ("guard", "x", "ValueError: a"),
        ("guard", "y", "ValueError: a"),
    ],
    "if x is None and y is None:\n    raise ValueError('a')": [("one-of", "x", ("x", "y")), ("one-of", "y", ("x", "y"))],
    "if not (x or y):\n    raise ValueError('a')": [("one-of", "x", ("x", "y")), ("one-of", "y", ("x", "y"))],
    "if not any((x, y)):\n    raise ValueError('a')": [("one-of", "x", ("x", "y")), ("one-of", "y", ("x", "y"))],
    "given = [x, y]\nif all(v is None for v in given):\n    raise ValueError('a')": [
        ("one-of", "x", ("x", "y")),
        ("one-of", "y", ("x", "y")),
    ],
    "if x:\n    use(x)\nelse:\n    raise ValueError('a')": [("guard", "x", "ValueError: a")],
    "if x:\n    use(x)\nelif y is not None:\n    use(y)\nelse:\n    raise ValueError('a')": [
        ("one-of", "x", ("x", "y")),
        ("one-of", "y", ("x", "y")),
    ],
    "if x and y:\n    raise ValueError('a')": [("exclusive", "x", ("x", "y")), ("exclusive", "y", ("x", "y"))],
    "if x and not y:\n    raise ValueError('a')": [("conditional", "y", "when x: ValueError: a")],
    "if y == 1:\n    if not x:\n        raise ValueError('a')": [("conditional", "x", "when y == 1: ValueError: a")],
    "if x is None:\n    raise ValueError('a')\nelif y is None:\n    raise ValueError('b')": [
        ("guard", "x", "ValueError: a"),
        ("guard", "y", "ValueError: b"),
    ],
    "x = x or self.x\nif not x:\n    raise ValueError('a')": [("guard", "x", "ValueError: a")],
    "text = 'long'\nif not x:\n    text = 'words'\n    raise ValueError(text)": [("guard", "x", "ValueError: words")],
    "if x is not None:\n    return x\nif y is None:\n    raise ValueError('a')": [
        ("one-of", "x", ("x", "y")),
        ("one-of", "y", ("x", "y")),
    ],
    "if x is None:\n    if not y:\n        raise ValueError('a')": [("one-of", "x", ("x", "y")), ("one-of", "y", ("x", "y"))],
    "if x == 1:\n    return x\nif y is None:\n    raise ValueError('a')": [
        ("conditional", "y", "when not (x == 1): ValueError: a"),
    ],
    "if x == 1:\n    if x is None and y is None:\n        raise ValueError('a')": [
        ("conditional-one-of", "x", ("x", "y")),
        ("conditional-one-of", "y", ("x", "y")),
    ],
    "if same(x) is None:\n    raise ValueError('a')": [("guard", "x", "ValueError: a")],
    "named('x', x)": [("guard", "x", "ValueError: x is missing")],
    "assert x, 'a'": [("guard", "x", "AssertionError: a")],
    "assert x is not None": [("guard", "x", "AssertionError")],
    "demand(x)": [("guard", "x", "ValueError: given?")],
    "if x > 5:\n    raise ValueError('a')": [("check", "x", "when x > 5: ValueError: a")],
    "if not x:\n    return None": [],
    "if other is None:\n    raise ValueError('a')": [],
    "try:\n    use(x)\nexcept KeyError:\n    raise": [],
}
GUARDS = ("guard", "one-of", "conditional", "conditional-one-of", "exclusive", "check")


@pytest.mark.parametrize("code", DEMANDS)
def test_what_a_raise_demands(spec: Describe, code: str) -> None:
    before = "def demand(given):\n    if given is None:\n        raise ValueError('given?')\n"
    before += "def same(given):\n    return given\n"
    before += "def named(name, given):\n    if not given:\n        raise ValueError(f'{name} is missing')\n"
    assert facts(spec(body(code, before=before)), *GUARDS) == DEMANDS[code]


def test_guards_of_construction_are_told_apart(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, a=None, b=None, c=None):
                if a is None:
                    raise ValueError("a?")
                if not b and not c:
                    raise ValueError("b or c?")
                super().__init__()
            def run(self): ...
    """)
    assert facts(found, "init-guard", "init-one-of", *GUARDS) == [
        ("init-guard", "a", "ValueError: a?"),
        ("init-one-of", "b", ("b", "c")),
        ("init-one-of", "c", ("b", "c")),
    ]


# --- uses --------------------------------------------------------------------------------------------------------------

USES = {
    "x == 'a'": [("literal", "x", "'a'")],
    "'a' != x": [("literal", "x", "'a'")],
    "x in ('a', 3)": [("literal", "x", "'a'"), ("literal", "x", "3")],
    "x not in ['a']": [("literal", "x", "'a'")],
    "x in self.KINDS": [("literal", "x", "'alpha'"), ("literal", "x", "'beta'")],
    "x in TABLE": [("literal", "x", "'one'"), ("literal", "x", "'two'")],
    "x in TABLE.keys()": [("literal", "x", "'one'"), ("literal", "x", "'two'")],
    "x in list(TABLE)": [("literal", "x", "'one'"), ("literal", "x", "'two'")],
    "TABLE[x]": [("literal", "x", "'one'"), ("literal", "x", "'two'")],
    "TABLE.get(x)": [("literal", "x", "'one'"), ("literal", "x", "'two'")],
    "Colour(x)": [("literal", "x", "'red'"), ("literal", "x", "'blue'")],
    "x == Colour.RED": [("literal", "x", "'red'")],
    "x.lower() == 'a'": [("method", "x", "lower"), ("literal", "x", "'a'")],
    "x is True": [("literal", "x", "True")],
    "x == -1": [("literal", "x", "-1")],
    "x is None": [],
    "x == y": [],
    "x > 0": [("bound", "x", "x > 0")],
    "'k' in x": [("contains", "x", "'k'")],
    "x['k']": [("key", "x", "k")],
    "x.get('k')": [("method", "x", "get"), ("key", "x", "k")],
    "dict(x)['k']": [("key", "x", "k")],
    "x[0]": [("index", "x", 0)],
    "x.items()": [("method", "x", "items")],
    "x.startswith('s3://')": [("method", "x", "startswith"), ("format", "x", "startswith 's3://'")],
    "x.year": [("attribute", "x", "year")],
    "getattr(x, 'year')": [("attribute", "x", "year")],
    "x(1)": [("called", "x", "x(1)")],
    "self.x(1)": [("called", "x", "self.x(1)")],
    "isinstance(x, (str, Path))": [("type", "x", "str"), ("type", "x", "Path")],
    "isinstance(x, str | bytes)": [("type", "x", "str"), ("type", "x", "bytes")],
    "json.loads(x)": [("json", "x", "json.loads")],
    "yaml.safe_load(x)": [("format", "x", "yaml")],
    "open(x)": [("path", "x", "open")],
    "Path(x).exists()": [("path", "x", "Path"), ("method", "x", "exists")],
    "os.path.join(x, 'a')": [("path", "x", "os.path.join")],
    "int(x)": [("cast", "x", "int")],
    "datetime.datetime.strptime(x, '%Y')": [("format", "x", "strptime %Y")],
    "datetime.date.fromisoformat(x)": [("format", "x", "isoformat")],
    "re.match('a+', x)": [("format", "x", "re a+")],
    "re.sub('a', 'b', x)": [("format", "x", "re a")],
    "os.environ[x]": [("env-name", "x", "os.environ")],
    "os.environ.get(x)": [("env-name", "x", "os.environ")],
    "os.getenv(x)": [("env-name", "x", "os.environ")],
    "Secret(x).get()": [("secret-name", "x", "Secret")],
    "prefect.context.get('secrets', {}).get(x)": [("secret-name", "x", "secrets")],
    "self.x == 'a'": [("literal", "x", "'a'")],
    "[i['k'] for i in x]": [],
    "peek(x)": [("key", "x", "peeked")],
    "self.look(x)": [("key", "x", "looked")],
    "Client(x).host()": [("key", "x", "host")],
    "Client(token=x).host()": [("key", "x", "host")],
}
KINDS = (
    "literal", "bound", "contains", "key", "index", "method", "attribute", "called", "type", "json", "format", "path", "cast",
    "env-name", "secret-name",
)  # fmt: skip
LIBRARY = """
TABLE = {"one": 1, "two": 2}
class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"
def peek(given):
    return given["peeked"]
class Client:
    def __init__(self, token):
        self.token = token
    def host(self):
        return self.token["host"]
"""
METHODS = """
    def look(self, given):
        return given["looked"]
"""


@pytest.mark.parametrize("code", USES)
def test_what_is_done_with_a_parameter(spec: Describe, code: str) -> None:
    assert facts(spec(body(f"return {code}", before=LIBRARY, after=METHODS)), *KINDS) == USES[code]


def test_a_match_statement_compares(spec: Describe) -> None:
    code = "match x:\n    case 'a' | 'b':\n        pass\n    case {'k': 1}:\n        pass\n    case _:\n        pass"
    assert facts(spec(body(code)), *KINDS) == [("literal", "x", "'a'"), ("literal", "x", "'b'"), ("key", "x", "k")]


def test_a_local_list_is_known(spec: Describe) -> None:
    assert values(spec(body("known = ['a', 'b']\nreturn x in known")), "literal", "x") == ["'a'", "'b'"]
    assert values(spec(body("known = ['a', 'b']\nknown = more()\nreturn x in known")), "literal", "x") == []


def test_an_annotation_with_literals(spec: Describe) -> None:
    found = spec("class T(Task):\n    def run(self, x: Literal['a', \"b\", 3] = 'a'): ...\n")
    assert values(found, "literal", "x") == ["'a'", "'b'", "3"]


def test_what_the_task_asks_its_surroundings_for(spec: Describe) -> None:
    code = """
    answer = post(x).json()
    os.environ["HOME_OF"], os.getenv("OTHER"), "THIRD" in os.environ
    Secret("TOKEN").get()
    prefect.context.get("secrets", {}).get("AWS")
    prefect.context.get("today")
    return answer["data"]["id"], answer.get("more")
    """
    found = spec(body("\n".join(line.strip() for line in code.strip().splitlines())))
    assert facts(found, "env", "secret", "context", "response-key") == [
        ("env", "", "HOME_OF"),
        ("env", "", "OTHER"),
        ("env", "", "THIRD"),
        ("secret", "", "TOKEN"),
        ("secret", "", "AWS"),
        ("context", "", "today"),
        ("response-key", "", "data"),
        ("response-key", "", "id"),
        ("response-key", "", "more"),
    ]


def test_recursion_in_the_library_ends(spec: Describe) -> None:
    before = "def loop(a, n):\n    return loop(a, n - 1) if n else other(a)\ndef other(a):\n    return loop(a, 3) or a['end']\n"
    assert values(spec(body("return loop(x, 9)", before=before)), "key", "x") == ["end"]


# --- never read --------------------------------------------------------------------------------------------------------


def unread(found: TaskSpec) -> list[tuple[str, str]]:
    return [(f.about, f.value) for f in found.facts if f.kind == "unread"]


def test_what_is_accepted_and_never_read(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, used=None, forgotten=None, kept=None, mixed=None, tags=None, **kwargs):
                self.used = used
                self.dropped_here = kept
                self.also_dropped = mixed or []
                super().__init__(tags=tags, **kwargs)
            def run(self, used=None, ignored=None):
                return used or self.used
    """)
    assert unread(found) == [("ignored", "run"), ("forgotten", "init"), ("kept", "init"), ("mixed", "init")]


@pytest.mark.parametrize(
    "code",
    ["return locals()", "return vars(self)", "return self.__dict__", "return getattr(self, 'ke' + 'pt')", "return vars()"],
)
def test_nothing_is_said_where_anything_can_be_read(spec: Describe, code: str) -> None:
    source = "class T(Task):\n    def __init__(self, kept=None):\n        self.unmentioned = kept\n        super().__init__()\n"
    assert unread(spec(source + f"    def run(self, ignored=None):\n        {code}\n")) == []


@pytest.mark.parametrize(
    "reader",
    [
        "def other(task):\n    return task.kept_here\n",
        "NAMES = ['kept_here']\n",
        "class Mixin:\n    def helper(self):\n        return self.kept_here\n",
    ],
)
def test_a_mention_anywhere_near_counts_as_reading(spec: Describe, reader: str) -> None:
    source = "class T(Task):\n    def __init__(self, kept=None):\n        self.kept_here = kept\n        super().__init__()\n"
    assert unread(spec(reader + source + "    def run(self): ...\n")) == []


def test_what_the_framework_reads_is_read(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, slow=None, call=None):
                super().__init__()
                self.timeout = slow
                self.run = call
            def run(self): ...
    """)
    assert unread(found) == []


# --- said --------------------------------------------------------------------------------------------------------------


def test_what_documentation_says(spec: Describe) -> None:
    found = spec('''
        class T(Task):
            def run(self, repo=None, kind=None, size=3, token=None, secret_name=None, host=None, url=None, api_key=None,
                    login=None, next_token=None, vault=None):
                """
                Either `host` or `url` must be provided.

                Args:
                    - repo (str): the repository; must be provided
                    - kind (str, optional): one of "small" or "large", defaults to "small"
                    - size (int, optional): how many
                    - token (str): a token
                    - secret_name (str): the name of the secret that holds the key
                    - login (str): the password to log in with
                    - next_token (str): where to go on
                    - vault (str): which
                """
                return Secret(vault).get()
    ''')
    assert facts(found, "required", "documented-default", "documented-literal", "one-of") == [
        ("required", "repo", "documented"),
        ("documented-default", "kind", '"small"'),
        ("documented-literal", "kind", "'small'"),
        ("documented-literal", "kind", "'large'"),
        ("one-of", "host", ("host", "url")),
        ("one-of", "url", ("host", "url")),
    ]
    assert facts(found, "credential", "credential-name") == [
        ("credential", "token", "by its name"),
        ("credential", "api_key", "by its name"),
        ("credential", "login", "by its documentation"),
        ("credential-name", "vault", "names one"),
    ]
