"""Reads a task's code without running it: walks `__init__`, `run` and the library's own code that they call.

Names, attributes and arguments are followed from the parameters they come from (see `origins`); what is done with them is
handed to the modules that know what it means: `uses` (keys, methods, comparisons), `falling` (fallbacks, merges), `guards`.
The walk is bounded, takes every branch, and never imports or evaluates anything.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

from taskcontract.describe import calls, falling, guards, uses
from taskcontract.describe.frame import Condition, Frame, Notes, arguments, as_load, bound, imported
from taskcontract.describe.origins import UNKNOWN, Library, Thing, definer, parameter, static
from taskcontract.model import Source
from taskcontract.source import FunctionNode, function_node, layers

_DEEPEST, _MOST_CALLS, _MOST_TURNS = 6, 150, 12


class Reader:
    """Reads the two sides of one task. `side` is which one is being read; `cls` is None for a function task."""

    def __init__(self, cls: type | None, library: Library, options: frozenset[str]) -> None:
        self.cls, self.library, self.options = cls, library, options
        self.notes = Notes()
        self.side: Literal["init", "run"] = "init"
        self._read: dict[tuple[Any, ...], Thing] = {}
        self._alive: list[object] = []
        self._stack: list[Frame] = []
        self.chained: set[int] = set()

    # --- entering functions ------------------------------------------------------------------------------------------

    def read(self, function: Any, side: Literal["init", "run"]) -> None:
        """Read one side, from the innermost function of its method."""
        self.side = side
        inner = layers(function)[-1]
        written = function_node(inner)
        if written is None:
            return
        node = written[1]
        names = [a.arg for a in arguments(node)]
        method = self.cls is not None and bool(names) and not isinstance(function, staticmethod)
        own = names[1:] if method else names
        things = {n: parameter(side, n) for n in own}
        if node.args.kwarg:
            things[node.args.kwarg.arg] = Thing(keywords={})
        if method:
            things[names[0]] = Thing(is_task=True)
        owner = definer(self.cls, function) if self.cls is not None else None
        receiver = names[0] if method else ""
        self._walk(Frame(inner, written[0], things, receiver=receiver, owner=owner), node)

    def call(
        self, function: Any, positional: Sequence[Thing], keywords: Mapping[str, Thing], this: Thing | None, owner: type | None
    ) -> Thing:
        """Read a function of the library as it is called here; the union of what it returns."""
        inner = layers(function)[-1]
        written = function_node(inner)
        if written is None or len(self._stack) > _DEEPEST:
            return UNKNOWN
        filled = bound(written[1], ([this] if this is not None else []) + list(positional), keywords)
        key = (id(inner), self.side, tuple(sorted((n, t.origins, id(t.made), str(t.text)) for n, t in filled.items())))
        if key in self._read or len(self._read) >= _MOST_CALLS:
            return self._read.get(key, UNKNOWN)
        self._alive.append((inner, filled))  # the key knows them by address
        self._read[key] = UNKNOWN  # what a recursion sees
        first = arguments(written[1])
        receiver = first[0].arg if this is not None and first else ""
        frame = Frame(inner, written[0], filled, receiver=receiver, owner=owner)
        frame.conditions = list(self.frame.conditions) if self._stack else []
        self._read[key] = self._walk(frame, written[1])
        return self._read[key]

    def _walk(self, frame: Frame, node: FunctionNode) -> Thing:
        self._stack.append(frame)
        try:
            if isinstance(node, ast.Lambda):
                return self.value(node.body)
            self.block(node.body)
        finally:
            self._stack.pop()
        result = UNKNOWN
        for index, thing in enumerate(frame.returned):
            result = thing if index == 0 else result | thing
        return result

    @property
    def frame(self) -> Frame:
        return self._stack[-1]

    @property
    def in_own_method(self) -> bool:
        """Whether what is being read is the task's own method of this side, or a base's that it calls."""
        if len(self._stack) == 1:
            return True
        task = self.frame.names.get(self.frame.receiver, UNKNOWN).is_task
        return task and getattr(self.frame.function, "__name__", "") == ("__init__" if self.side == "init" else "run")

    def source(self, how: str, node: ast.AST) -> Source:
        return Source(how, self.frame.file.path, getattr(node, "lineno", None))

    def note(self, kind: str, about: Thing, value: Any, how: str, node: ast.AST) -> None:
        """One fact about every parameter that a thing may be."""
        for name in self.about(about):
            self.notes.add(kind, name, value, self.source(how, node))

    def known(self, thing: Thing) -> bool:
        """Whether a thing may be a parameter at all."""
        return bool(thing.origins) and bool(self.about(thing))

    def about(self, thing: Thing) -> list[str]:
        """The parameters that a thing may be, directly or through the attribute construction stored them in."""
        found: dict[str, None] = {}
        for kind, name in sorted(thing.origins):
            if kind == "attr":
                found.update({n: None for k, n in sorted(self.notes.attributes.get(name, ())) if k == "init"})
            else:
                found[name] = None
        return list(found)

    # --- statements --------------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """One statement after the other; what follows an `if` that returns stands under its opposite."""
        with ExitStack() as conditions:
            for statement in statements:
                self.statement(statement)
                if isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[-1], ast.Return):
                    conditions.enter_context(self._under(guards.otherwise(self, statement.test)))

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Assign):
            self._assign(node.targets, node.value, node)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._assign([node.target], node.value, node)
        elif isinstance(node, ast.AugAssign):
            thing = self.value(node.value)
            current = self.value(as_load(node.target))
            falling.joined(self, current, thing, node)
            self.bind(node.target, current | thing, node)
        elif isinstance(node, ast.If):
            self._if(node)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self.frame.returned.append(self.value(node.value))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._for(node)
        elif isinstance(node, ast.While):
            self.test(node.test)
            self.block([*node.body, *node.orelse])
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                thing = self.value(item.context_expr)
                if item.optional_vars is not None:
                    self.bind(item.optional_vars, thing if thing.made else UNKNOWN, node)
            self.block(node.body)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._nested(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.frame.live.update(imported(node, getattr(self.frame.function, "__globals__", {})))
        elif isinstance(node, ast.Assert):
            guards.asserted(self, node)
            self.test(node.test)
        elif isinstance(node, ast.Match):
            subject = self.value(node.subject)
            for case in node.cases:
                uses.pattern(self, subject, case.pattern)
                self.block(case.body)
        elif not isinstance(node, ast.ClassDef):
            self._others(node)

    def _others(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child)
            elif isinstance(child, ast.expr):
                self.value(child)
            else:
                self._others(child)

    def _if(self, node: ast.If) -> None:
        guards.guarded(self, node)
        falling.replaced(self, node)
        self.test(node.test)
        before = dict(self.frame.names)
        with self._under(guards.condition(self, node.test)):
            self.block(node.body)
        with self._under(None if guards.ends_in_raise(node.body) else guards.otherwise(self, node.test)):
            self.block(node.orelse)
        for name, thing in before.items():
            after = self.frame.names.get(name, UNKNOWN)
            if after is not thing:
                self.frame.names[name] = after | thing

    @contextmanager
    def _under(self, condition: Condition | None) -> Iterator[None]:
        conditions = self.frame.conditions
        if condition is not None:
            conditions.append(condition)
        try:
            yield
        finally:
            if condition is not None:
                conditions.pop()

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        """A loop over texts that stand in the source is read once for each."""
        self.value(node.iter)
        texts = [t for t in uses.constants(self, node.iter) if isinstance(t, str)]
        things = [Thing(text=t) for t in texts] if isinstance(node.target, ast.Name) and len(texts) <= _MOST_TURNS else []
        for thing in things or [UNKNOWN]:
            self.bind(node.target, thing, node)
            self.block(node.body)
        self.block(node.orelse)

    def _nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function inside the function: read where it stands, with its own parameters unknown."""
        shadowed = {a.arg for a in arguments(node)}
        saved, returned = dict(self.frame.names), self.frame.returned
        self.frame.names.update(dict.fromkeys(shadowed, UNKNOWN))
        self.frame.returned = []
        self.block(node.body)
        self.frame.names, self.frame.returned = saved, returned
        self.frame.names[node.name] = UNKNOWN

    def _assign(self, targets: list[ast.expr], value: ast.expr, node: ast.stmt) -> None:
        if isinstance(value, (ast.Tuple, ast.List)):
            things = [self.value(e) for e in value.elts]
            whole = UNKNOWN
        else:
            things, whole = [], self.value(value)
        for target in targets:
            if isinstance(target, (ast.Tuple, ast.List)):
                same = len(target.elts) == len(things)
                for index, element in enumerate(target.elts):
                    self.bind(element, things[index] if same else UNKNOWN, node)
            else:
                self.bind(target, whole, node, value)

    def bind(self, target: ast.expr, thing: Thing, node: ast.AST, value: ast.expr | None = None) -> None:
        """Let a target stand for `thing` from here on."""
        if isinstance(target, ast.Name):
            self.frame.names[target.id] = thing
            if isinstance(value, (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Constant)):
                self.frame.displays[target.id] = value
            else:
                self.frame.displays.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            if owner.made is not None:
                owner.made.attributes[target.attr] = thing
            elif owner.is_task:
                self.store(target.attr, thing, node, value)
        elif isinstance(target, ast.Subscript):
            self.value(target.value)
            self.value(target.slice)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self.bind(element, UNKNOWN, node)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, UNKNOWN, node)

    def store(self, attribute: str, thing: Thing, node: ast.AST, value: ast.expr | None) -> None:
        """`self.attribute = …`: what construction keeps, and under which name."""
        attributes = self.notes.attributes
        attributes[attribute] = attributes.get(attribute, frozenset()) | {o for o in thing.origins if o[0] != "attr"}
        if self.side != "init":
            return
        for kind, name in sorted(thing.origins):
            if kind != "init":
                continue
            if thing.plain:
                self.notes.stored.setdefault(name, attribute)
                self.notes.add("stored", name, attribute, self.source("assignment", node))
            else:
                text = f"self.{attribute} = {ast.unparse(value) if value is not None else '…'}"
                self.notes.add("normalised", name, text, self.source("assignment", node))

    # --- expressions -------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Thing:
        """What an expression may be; notes what it does on the way."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, (ast.BoolOp, ast.IfExp)):
            return self._choice(node)
        if isinstance(node, ast.Subscript):
            return uses.subscript(self, node)
        if isinstance(node, ast.Compare):
            uses.compare(self, node)
            return UNKNOWN
        if isinstance(node, ast.NamedExpr):
            thing = self.value(node.value)
            self.bind(node.target, thing, node)
            return thing
        if isinstance(node, (ast.Await, ast.Starred)):
            return self.value(node.value)
        if isinstance(node, ast.Constant):
            return Thing(text=node.value) if isinstance(node.value, str) else UNKNOWN
        if isinstance(node, ast.Dict):
            falling.displayed(self, node)
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left), self.value(node.right)
            falling.joined(self, left, right, node)
            return left.wrapped() | right.wrapped() if isinstance(node.op, (ast.BitOr, ast.Add)) else UNKNOWN
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.Lambda)):
            return self._scope(node)
        self._others(node)
        return UNKNOWN

    def test(self, node: ast.expr) -> None:
        """A condition: its `or` chooses no value."""
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                self.test(part)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.test(node.operand)
        else:
            self.value(node)

    def _name(self, node: ast.Name) -> Thing:
        thing = self.frame.names.get(node.id, UNKNOWN)
        for kind, name in thing.origins:
            self.notes.loaded.add((kind, name))
        return thing

    def _attribute(self, node: ast.Attribute) -> Thing:
        owner = self.value(node.value)
        if node.attr == "__dict__" and owner.is_task:
            self.notes.dynamic = True
        if owner.is_task:
            self.notes.loaded.add(("attr", node.attr))
            function = static(self.cls, node.attr)
            if isinstance(function, property) and self.library.owns(function.fget):
                return self.call(function.fget, [], {}, owner, self.cls)
            kept = {o for o in self.notes.attributes.get(node.attr, ()) if o[0] == "run"}
            return Thing(frozenset({("attr", node.attr), *kept}), not kept)
        if owner.made is not None:
            return owner.made.attributes.get(node.attr, UNKNOWN)
        if owner.origins:
            self.note("attribute", owner, node.attr, "attribute", node)
        return UNKNOWN

    def _choice(self, node: ast.BoolOp | ast.IfExp) -> Thing:
        falling.chosen(self, node)
        if isinstance(node, ast.IfExp):
            self.test(node.test)
            parts = [self.value(node.body), self.value(node.orelse)]
        else:
            parts = [self.value(v) for v in node.values]
        result = parts[0].wrapped()
        for part in parts[1:]:
            result = result | part
        return result

    def _scope(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp | ast.Lambda) -> Thing:
        saved = dict(self.frame.names)
        if isinstance(node, ast.Lambda):
            self.frame.names.update({a.arg: UNKNOWN for a in arguments(node)})
            self.value(node.body)
        else:
            for generator in node.generators:
                self.value(generator.iter)
                self.bind(generator.target, UNKNOWN, node)
                for test in generator.ifs:
                    self.test(test)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self.value(part)
        self.frame.names = saved
        return UNKNOWN

    def _call(self, node: ast.Call) -> Thing:
        positional = [self.value(a) for a in node.args]
        keywords: dict[str, Thing] = {}
        for keyword in node.keywords:
            thing = self.value(keyword.value)
            if keyword.arg is not None:
                keywords[keyword.arg] = thing
            elif thing.keywords is not None:
                keywords.update(thing.keywords)
        passed = uses.called(self, node, positional)
        followed = calls.follow(self, node, positional, keywords)
        return followed if followed is not None else passed

    def live(self, node: ast.expr) -> Any:
        """The live object that a dotted name stands for, found without running anything; None when there is none."""
        return self.frame.stands_for(node, self.cls)
