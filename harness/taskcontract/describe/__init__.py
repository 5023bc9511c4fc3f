"""What can be read about a task without running it: a `TaskSpec`, every inferred fact with its source.

Whatever cannot be read (no source, a signature that Python refuses to tell, odd classes) leaves its part of the description
empty and a fact of kind 'undescribed' that says why: describing never fails.

Kinds of facts about a parameter:
- construction and call together: 'decorated', 'fallback', 'merged', 'stored', 'normalised', 'forwarded';
- what is done with it: 'literal' (as source text), 'key', 'contains', 'index', 'method', 'attribute', 'type', 'format', 'cast',
  'bound', 'path', 'json', 'called', 'env-name', 'secret-name', 'unread' (the side that is ignored);
- tests that raise: 'guard', 'init-guard', 'conditional', 'one-of', 'init-one-of', 'conditional-one-of', 'exclusive', 'check';
- documentation: 'required', 'optional', 'documented-default', 'documented-literal', 'credential', 'credential-name';
- what stands in for it when it is left out: 'generated', 'looked-up', 'substitute';
- 'keyword': a name that is taken from `**kwargs`;
- what a configuration object is made of: 'configuration', 'field', 'unread-field'.
About the task ('' as `about`): 'response-key', 'env', 'secret', 'context', 'base' (no `run` to judge), 'undescribed'; of its
result 'returns' (the annotation), 'documented-result' and 'no-result' (`run` returns nothing, whatever happens).
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from taskcontract.describe import fields, result, said, unread
from taskcontract.describe.docs import Entry, entries
from taskcontract.describe.origins import Library, static
from taskcontract.describe.parameters import Signature, signature
from taskcontract.describe.reader import Reader
from taskcontract.describe.text import declaration, listing
from taskcontract.frameworks import Framework, installed_framework
from taskcontract.model import Parameter, Source, TaskRef, TaskSpec
from taskcontract.source import class_node, function_node, layers

__all__ = ["declaration", "describe", "listing"]


def describe(ref: TaskRef, framework: Framework | None = None, declared: Mapping[str, Any] | None = None) -> TaskSpec:
    """The description of one task. `declared` is the contributor's own declaration of it.

    Raises only what loading the task raises.
    """
    framework = framework or installed_framework()
    task = framework.load(ref)
    return _Description(ref, task, framework, dict(declared or {})).spec()


class _Description:
    """One task on its way to a TaskSpec: each stage may fail, and then says so."""

    def __init__(self, ref: TaskRef, task: Any, framework: Framework, declared: dict[str, Any]) -> None:
        self.ref, self.framework, self.declared = ref, framework, declared
        self.cls: type | None = task if isinstance(task, type) else None
        self.mro = (object if self.cls is None else self.cls).__mro__  # a metaclass may make a class false
        bases = self.bases = tuple(c for c in self.mro if framework.is_framework_base(c))
        self.library = Library(ref.module, ref.path, bases, framework.is_machinery)
        self.options = frozenset(framework.task_options())
        self.run_function: Any = static(self.cls, "run") if self.cls is not None else framework.function_of(task)
        self.init_function: Any = static(self.cls, "__init__") if self.cls is not None else None
        self.has_run = self.cls is None or framework.has_run(self.cls)
        self.reader = Reader(self.cls, self.library, self.options)
        self.init, self.run = Signature(), Signature()
        self.decorated: dict[str, str] = {}
        self.inherited: dict[str, set[str]] = {"init": set(), "run": set()}

    def spec(self) -> TaskSpec:
        self._attempt("signatures", self._signatures)
        self._attempt("decorators", self._decorators)
        self._attempt("construction", self._construction)
        self._attempt("the call", self._call)
        self._attempt("documentation", self._documentation)
        self._attempt("the result", lambda: result.of_run(self.reader.notes, self.run_function, self._documents()))
        self._attempt("unread parameters", self._unread)
        self._attempt("configuration objects", self._fields)
        self._attempt("the declaration", lambda: said.declared(self.reader.notes, self.declared))
        notes = self.reader.notes
        return TaskSpec(
            ref=self.ref,
            init=self.init.parameters,
            run=self.run.parameters,
            init_var_keyword=bool(self.init.var_keyword),
            run_var_keyword=bool(self.run.var_keyword),
            run_var_positional=self.run.var_positional,
            decorated=self.decorated,
            fallbacks={n: a for n, a in notes.fallbacks.items() if n not in self.decorated},
            stored=dict(notes.stored),
            options=self._only_options(),
            facts=tuple(notes.facts.values()),
            declared=self.declared,
            line_of_run=self.run.line,
            line_of_init=self.init.line,
            source=self._source(),
        )

    def _attempt(self, what: str, stage: Callable[[], object]) -> None:
        try:
            stage()
        except (Exception, RecursionError) as error:
            self.reader._stack.clear()
            text = f"{what} could not be read: {type(error).__name__}: {error}"
            self.reader.notes.add("undescribed", "", text, Source("failure", self.ref.file, self.ref.line))

    # --- stages ------------------------------------------------------------------------------------------------------

    def _signatures(self) -> None:
        if self.has_run:
            own = entries(getattr(self.run_function, "__doc__", None)) if self.cls is None else self._documented("run")
            self.run = signature(self.run_function, "run", own, bound=self.cls is None)
            self.run = self._widened(self.run, "run")
        else:
            self.reader.notes.add("base", "", "there is no `run`", Source("signature", self.ref.file, self.ref.line))
        if self.cls is not None and not self.framework.is_framework_base(_owner(self.cls, "__init__")):
            self.init = signature(self.init_function, "init", self._documented("__init__"))
            self.init = self._widened(self.init, "__init__")

    def _documented(self, method: str) -> dict[str, Entry]:
        """What the docstrings of the class and its bases say, nearest first; for construction the class's own count."""
        found: dict[str, Entry] = {}
        assert self.cls is not None
        for base in self.cls.__mro__:
            if self.framework.is_framework_base(base):
                continue
            texts = [base.__doc__] if method == "__init__" else []
            own = vars(base).get(method)
            texts.append(getattr(own, "__doc__", None))
            for text in texts:
                for name, entry in entries(text if isinstance(text, str) else None).items():
                    found.setdefault(name, entry)
        return found

    def _widened(self, own: Signature, method: str) -> Signature:
        """With the parameters of the base's method, where `**kwargs` is passed on to it."""
        cls = _owner(self.cls, method) if self.cls is not None else None
        if not own.var_keyword or cls is None or self.cls is None or not _passes_on(vars(cls)[method], method, own.var_keyword):
            return own
        bases = self.cls.__mro__[self.cls.__mro__.index(cls) + 1 :]
        base = next((b for b in bases if method in vars(b)), None)
        if base is None or self.framework.is_framework_base(base) or not self.library.owns(base):
            return own
        side = "init" if method == "__init__" else "run"
        inherited = signature(vars(base)[method], side, self._documented(method))  # type: ignore[arg-type]
        names = {p.name for p in own.parameters} | _given(vars(cls)[method], method) | _decided(vars(cls)[method])
        more = tuple(dataclasses.replace(p, kind="keyword-only") for p in inherited.parameters if p.name not in names)
        self.inherited[side] |= {p.name for p in more}
        return dataclasses.replace(
            own, parameters=(*own.parameters, *more), var_keyword=own.var_keyword if inherited.var_keyword else ""
        )

    def _decorators(self) -> None:
        if self.cls is None or not self.has_run:
            return
        self.decorated = self.framework.defaulting(self.run_function)
        written = function_node(layers(self.run_function)[-1])
        source = Source("decorator", written[0].path if written else None, self._decorator_line())
        for name, attribute in self.decorated.items():
            self.reader.notes.add("decorated", name, attribute, source)

    def _decorator_line(self) -> int | None:
        written = function_node(layers(self.run_function)[-1])
        decorators = getattr(written[1], "decorator_list", []) if written else []
        return decorators[0].lineno if decorators else None

    def _construction(self) -> None:
        if self.cls is None or self.framework.is_framework_base(_owner(self.cls, "__init__")):
            return
        self.reader.read(self.init_function, "init")
        if dataclasses.is_dataclass(self.cls):
            source = Source("dataclass", self.ref.file, self.ref.line)
            for field in dataclasses.fields(self.cls):
                if field.init:
                    self.reader.notes.stored.setdefault(field.name, field.name)
                    self.reader.notes.attributes.setdefault(field.name, frozenset({("init", field.name)}))
                    self.reader.notes.add("stored", field.name, field.name, source)

    def _call(self) -> None:
        if self.has_run:
            self.reader.read(self.run_function, "run")

    def _documentation(self) -> None:
        names = [p.name for p in (*self.init.parameters, *self.run.parameters)]
        said.parameters(self.reader.notes, (*self.init.parameters, *self.run.parameters), self.ref.file)
        said.groups(self.reader.notes, self._documents(), set(names), self.ref)
        said.raised(self.reader.notes, self._documents(), set(names), self.ref)
        said.credentials(self.reader.notes, (*self.init.parameters, *self.run.parameters), self.ref.file)

    def _documents(self) -> list[str]:
        found = [getattr(self.cls, "__doc__", None), getattr(self.run_function, "__doc__", None)]
        return [d for d in found if isinstance(d, str)]

    def _unread(self) -> None:
        bases = [c for c in self.mro if self.framework.is_framework_base(c)]
        framework = {*self.framework.reserved_attributes(), *(name for base in bases for name in vars(base))}
        elsewhere = {*self.decorated.values(), *self.decorated, *framework}
        sides: list[tuple[Any, tuple[Parameter, ...]]] = []
        if self.has_run:
            sides.append((self.run_function, tuple(p for p in self.run.parameters if p.name not in self.inherited["run"])))
        if self.cls is not None and self.init.parameters:
            others = {*self.reader.notes.forwarded, *self.inherited["init"]}
            own = [p for p in self.init.parameters if p.name not in others]
            sides.append((self.init_function, tuple(own)))
        for function, parameters in sides:
            for parameter in unread.unread(self.cls, function, parameters, elsewhere, self.library, self.reader.notes):
                source = Source("never read", self.ref.file, parameter.line)
                self.reader.notes.add("unread", parameter.name, parameter.side, source)

    def _fields(self) -> None:
        sides = [(self.run_function, self.run.parameters), (self.init_function, self.init.parameters)]
        for function, parameters in sides:
            for fact in fields.fields(function, parameters, self.library):
                self.reader.notes.add(fact.kind, fact.about, fact.value, fact.source)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _only_options(self) -> frozenset[str]:
        """Construction parameters that do nothing but set a task option of the same name."""
        notes = self.reader.notes
        defaulting = {*self.decorated, *notes.fallbacks, *notes.stored}
        if self.init_function is not None and any(self.init_function is static(c, "__init__") for c in self.bases):
            return frozenset(p.name for p in self.init.parameters)  # the framework's own construction, inherited
        return frozenset(
            name for name, option in notes.forwarded.items() if name == option and name not in defaulting
        )

    def _source(self) -> str:
        if self.cls is not None:
            written = class_node(self.cls)
            return written[0].lines(written[1]) if written else ""
        found = function_node(layers(self.run_function)[-1])
        return "\n".join(found[0].text.splitlines()[found[1].lineno - 1 : found[1].end_lineno]) if found else ""


def _owner(cls: type | None, method: str) -> type:
    return next((c for c in (object if cls is None else cls).__mro__ if method in vars(c)), object)


def _passes_on(function: Any, method: str, var_keyword: str) -> bool:
    """Whether a method hands its `**kwargs` to the same method of its base."""
    keywords = [k for c in _super_calls(function, method) for k in c.keywords]
    return any(k.arg is None and getattr(k.value, "id", "") == var_keyword for k in keywords)


def _given(function: Any, method: str) -> set[str]:
    return {k.arg for c in _super_calls(function, method) for k in c.keywords if k.arg}


def _decided(function: Any) -> set[str]:
    """The attributes that a constructor sets itself, whatever its base was given for them."""
    written = function_node(layers(function)[-1])
    stores = [n for n in ast.walk(written[1]) if isinstance(n, ast.Attribute)] if written else []
    return {n.attr for n in stores if isinstance(n.ctx, ast.Store) and getattr(n.value, "id", "") == "self"}


def _super_calls(function: Any, method: str) -> list[ast.Call]:
    written = function_node(layers(function)[-1])
    if written is None:
        return []
    return [n for n in ast.walk(written[1]) if isinstance(n, ast.Call) and _is_super_call(n.func, method)]


def _is_super_call(function: ast.expr, method: str) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr != method or not isinstance(function.value, ast.Call):
        return False
    return getattr(function.value.func, "id", "") == "super"
