"""One attempt at a case: construct the task, call it, and tell what was seen. What `World` makes for every observation."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Literal

from taskcontract.model import Answers, Case, Change, Effect, Kept, Observation, Outcome, ResultSeen, Value
from taskcontract.world import http_answers, planting, state
from taskcontract.world.addresses import forgotten
from taskcontract.world.canon import canon, qualified, stable_text, unchanging
from taskcontract.world.endings import beneath, causes, library_root, message, trail
from taskcontract.world.environment import mend
from taskcontract.world.files import furnish
from taskcontract.world.keeping import keep
from taskcontract.world.state import Run

if TYPE_CHECKING:
    from taskcontract.world.observe import World

MADE = 1_700_000_000
"""When the files that values are made of were written, in seconds since the epoch."""

_compiled: dict[str, CodeType] = {}


class Attempt:
    """One construction (or a given instance) and one call, from setup to observation."""

    def __init__(self, world: World, case: Case, task: Any = None) -> None:
        self.world, self.case, self.task = world, case, task
        self.constructed_before = task is not None
        self.constructing_effects = 0
        self.run = Run(case, world.fresh_directory())
        self.directory = str(self.run.directory)
        self.frame: FrameType | None = None
        self.entry: dict[str, Any] | None = None
        self.touched: set[str] = set()
        self.outcome: Outcome | None = None
        self.attributes: dict[str, Any] = {}
        self.looked_at: dict[Any, tuple[Any, Any]] = {}
        self.changes: list[Change] = []
        self.result: ResultSeen | None = None
        self.returned: Any = None
        self.kept = Kept()

    def observe(self) -> Observation:
        printed = io.StringIO()
        run, case = self.run, self.case
        try:
            http_answers.prepare(case.answers)  # imports and reads, as nothing in a run may
        except Exception as error:
            return Observation(self._ended(error), "setup", notes=(traceback.format_exc(limit=3),))
        with self.world.sealed(run), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                with state.outside():
                    furnish(run)
                    init, call, positional, context = self._values()
                    for name, thing in (*init.items(), *call.items(), *zip(self._names(), positional, strict=False)):
                        run.given.setdefault(name, []).append(thing)
                    handed = [(side, n, v) for side, some in (("init", init), ("call", call)) for n, v in some.items()]
                    given = [(side, n, self._canon(v)) for side, n, v in handed]
                    http_answers.player(run)
            except Exception as error:
                return Observation(self._ended(error), "setup", notes=(traceback.format_exc(limit=3),))
            made = planting.maker(case.answers)
            with self.world.framework.per_run_context(_stored(case), case.any_secret, context, run.read, self._log, made):
                self._construct(init)
                self.constructing_effects = len(run.effects)
                if self.outcome is None:
                    if case.route == "construct":
                        self.outcome = Outcome("returned")
                    else:
                        self._call(init, call, positional)
            with state.outside():
                self._compare(given, {"init": init, "call": call})
            self._keep(printed.getvalue())
            with state.outside():
                return self._observation()

    def _log(self, level: str, text: str) -> None:
        if not self.run.over:
            self.run.logs.append((level, stable_text(text, self.directory)))

    # --- setting up -------------------------------------------------------------------------------------------------

    def _values(self) -> tuple[dict[str, Any], dict[str, Any], list[Any], dict[str, Any]]:
        namespace: dict[str, Any] = {"__name__": "__case__"}
        done: set[str] = set()

        def make(value: Value) -> Any:
            for line in value.setup:
                if line not in done:
                    done.add(line)
                    exec(_code(line, "exec"), namespace)
            return eval(_code(value.code, "eval"), namespace)

        case = self.case
        init = {n: make(v) for n, v in (*case.init, *case.options)}
        call = {n: make(v) for n, v in case.call}
        positional, context = [make(v) for v in case.positional], {n: make(v) for n, v in case.context}
        if done:
            self._of_old()
        return init, call, positional, context

    def _names(self) -> tuple[str, ...]:
        """What the call's arguments by position are called."""
        code = self.world.framework.run_code(self.case.ref) if self.case.positional else None
        names = code.co_varnames[: code.co_argcount] if code is not None else ()
        return names[1:] if self.case.ref.kind == "class" else names

    def _of_old(self) -> None:
        """Files that the values made are as old in every run: archives of them compare equal."""
        for folder, _, files in os.walk(self.run.directory):
            for name in files:
                os.utime(os.path.join(folder, name), (MADE, MADE))

    # --- running ----------------------------------------------------------------------------------------------------

    def _construct(self, init: dict[str, Any]) -> None:
        if self.constructed_before:
            self.attributes = self._attributes()
            return
        self.run.phase = "construct"
        if self.case.route == "flow":
            return  # the flow constructs it
        self._guarded(lambda: setattr(self, "task", self.world.framework.construct(self.case.ref, init)))
        if self.task is not None:
            with state.outside():
                self.attributes = self._attributes()
            if self.case.route == "pickled":
                self._guarded(self._pickle)

    def _at(self, phase: Literal["construct", "bind", "run"]) -> None:
        self.run.phase = phase

    def _pickle(self) -> None:
        import cloudpickle

        self.run.note("pickling")
        self.task = cloudpickle.loads(cloudpickle.dumps(self.task))
        self.run.notes.remove("pickling")

    def _call(self, init: dict[str, Any], call: dict[str, Any], positional: list[Any]) -> None:
        framework, run = self.world.framework, self.run
        code = framework.run_code(self.case.ref)
        if self.case.route == "flow":
            self._guarded(lambda: framework.run_in_flow(self.case.ref, init, call, self._at), code, result=True)
            return
        run.phase = "bind"
        self._guarded(lambda: framework.call(self.task, positional, call), code, result=True)
        outcome = self.outcome
        if self.frame is not None or code is None or outcome is None or outcome.kind != "raised" or outcome.type != "TypeError":
            run.phase = "run"

    def _guarded(self, action: Callable[[], Any], code: CodeType | None = None, result: bool = False) -> None:
        """Do `action` as the task's doing; an exception, whatever its base, becomes the outcome."""
        watch = self._watch(code) if code is not None else contextlib.nullcontext()
        try:
            with watch:
                self.run.working = True
                value = action()
        except BaseException as error:
            mend(self.run)
            if isinstance(error, KeyboardInterrupt) and not _raised_by_own_statement(error):
                raise
            with state.outside():
                self.outcome = self._ended(error)
        else:
            mend(self.run)
            if result and self.run.stopped is None:
                self.returned = value
                with state.outside():
                    self.outcome = Outcome("returned", self._canon(value), type=qualified(type(value)))
                if self.case.inspect:
                    self._inspect(value)
            if self.run.stopped is not None:  # by the call, or by the result's own code when it was looked at
                self.outcome = self._ended(self.run.stopped)

    @contextlib.contextmanager
    def _watch(self, code: CodeType) -> Iterator[None]:
        """Keep the first frame that runs `code`, and note which instance attributes are read once it was entered."""
        before = sys.getprofile()
        if not callable(before):
            before = None  # cProfile's own object cannot be put back from here

        def seen(frame: FrameType, event: str, _argument: Any) -> None:
            if event == "call" and frame.f_code is code:
                sys.setprofile(before)
                self.run.phase = "run"
                self.frame = frame
                with state.outside():
                    self.entry = self._parameters(frame)

        with self._attribute_reads():
            sys.setprofile(seen)
            try:
                yield
            finally:
                if sys.getprofile() is seen:
                    sys.setprofile(before)

    @contextlib.contextmanager
    def _attribute_reads(self) -> Iterator[None]:
        cls: Any = type(self.task)
        if self.task is None or "__getattribute__" in cls.__dict__ or self.case.ref.kind != "class":
            yield
            return
        task, touched, inherited = self.task, self.touched, cls.__getattribute__

        def noting(this: Any, name: str) -> Any:
            if self.frame is not None and this is task:
                touched.add(name)
            return inherited(this, name)

        try:
            cls.__getattribute__ = noting
        except (AttributeError, TypeError):
            yield
            return
        try:
            yield
        finally:
            with contextlib.suppress(AttributeError, TypeError):
                del cls.__getattribute__

    # --- telling ----------------------------------------------------------------------------------------------------

    def _canon(self, value: Any) -> Any:
        return canon(value, self.directory)

    def _parameters(self, frame: FrameType) -> dict[str, Any]:
        """The canonical values that the parameters of the frame's function have now; what else is local to it is its own."""
        code, now = frame.f_code, frame.f_locals
        rest = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
        count = code.co_argcount + code.co_kwonlyargcount + rest
        return {n: self._canon(now[n]) for n in code.co_varnames[:count] if n != "self" and n in now}

    def _inspect(self, value: Any) -> None:
        """Look at the result as an object: what its own code does meanwhile is the task's doing, and taken back."""
        from taskcontract.source import layers
        from taskcontract.world import results

        if self.run.stopped is None:
            task: Any = self.world.framework.load(self.case.ref)
            inner = layers(getattr(task, "run", None))
            self.result = results.look(value, self.run, inner[-1] if inner else None, self.case.ref.module)

    def _attributes(self) -> dict[str, Any]:
        """The instance's attributes in canonical form. Before and after a run, most are the same unchanging object."""
        own = getattr(self.task, "__dict__", None)
        if not isinstance(own, dict):
            return {}
        known, found = self.looked_at, {}
        for key, value in list(own.items()):
            name, seen = str(key), known.get(key)
            if seen is not None and seen[0] is value:
                found[name] = seen[1]
                continue
            found[name] = form = canon(value, self.directory, 1, (id(self.task),))  # the instance in its own attribute: a cycle
            if unchanging(value):
                known[key] = (value, form)
        return found

    def _ended(self, error: BaseException) -> Outcome:
        stopped = self.run.stopped
        kind: Literal["returned", "raised", "signal", "refused", "cut", "exited"]
        if stopped is not None or isinstance(error, state.Stopped):
            kind = "cut" if isinstance(stopped or error, state.Cut) else "refused"
        elif isinstance(error, (SystemExit, GeneratorExit)):
            kind = "exited"
        else:
            kind = self.world.framework.classify(error)
        root = library_root(self.case.ref.file, self.case.ref.module)
        through, deep = trail(error, root)
        return Outcome(
            kind,
            type=qualified(type(error)),
            bases=tuple(c.__name__ for c in type(error).__mro__[1:]),
            text=stable_text(message(error), self.directory),
            trail=through,
            deep=deep,
            causes=tuple(stable_text(text, self.directory) for text in causes(error, root)),
            beneath=stable_text(beneath(error, root), self.directory),
        )

    def _compare(self, given: list[tuple[str, str, Any]], now: dict[str, dict[str, Any]]) -> None:
        from taskcontract.world import guard

        for side, name, before in given:
            after = self._canon(now[side][name])
            if after != before:
                self.changes.append(Change("caller", name, before, after))
        if self.task is not None and self.case.route == "direct":
            after_run = self._attributes()
            for name in sorted({*self.attributes, *after_run}):
                if self.attributes.get(name, "<absent>") != after_run.get(name, "<absent>"):
                    pair = (self.attributes.get(name, "<absent>"), after_run.get(name, "<absent>"))
                    self.changes.append(Change("instance", name, *pair))
        self.changes += guard.environment_changes(self.run)
        for change in guard.inside_changes(self.run):
            self.changes.append(change)
            what = "delete" if change.after is None else "write"
            inside = Effect("file", f"{what} {change.name}", (change.name, change.after), constructing=True)
            self.run.effects.append(inside)  # it shows, and it is not outside

    def _keep(self, printed: str) -> None:
        """Look at what is left to others: of an instance, only what the library's own code did to it."""
        run, ref, framework = self.run, self.case.ref, self.world.framework

        def own(cls: type) -> bool:
            module = str(cls.__module__)
            ours = module.partition(".")[0] == ref.module.partition(".")[0] and not framework.is_machinery(module)
            return ours and not framework.is_framework_base(cls)

        if self.task is None or self.case.route != "direct" or ref.kind != "class" or run.phase != "run":
            self.kept = Kept(printed=printed)
            return
        early = any(read.phase == "construct" and read.kind in ("secret", "env") for read in run.reads)
        names = [change.name for change in self.changes if change.where == "instance"]
        self.kept = keep(self.task, self.returned, run, own, changed=names, early=early, printed=printed)
        self.returned = None  # its end, too, is within the sealed world

    def _observation(self) -> Observation:
        from taskcontract.world import inventions
        from taskcontract.world.http_exchange import finish

        run = self.run
        finish(run)
        bound = None
        if self.frame is not None:
            with contextlib.suppress(Exception):
                bound = self._parameters(self.frame)
            self.frame = None
        answers = self.case.answers
        learned = answers if answers.documents or answers.real else inventions.materialise(run)
        return Observation(
            outcome=self.outcome or Outcome("returned"),
            phase=run.phase,
            entered=self.entry is not None,
            entry=self.entry,
            bound=bound,
            attributes=self.attributes,
            read_attributes=frozenset(self.touched),
            effects=forgotten(run.effects, self.task),
            reads=tuple(run.reads),
            logs=tuple(run.logs),
            changes=tuple(self.changes),
            learned=_binding(learned, run),
            forks=tuple(run.forks),
            played=tuple(run.played),
            unmatched=tuple(run.unmatched),
            result=self.result,
            answered=tuple(run.answered),
            notes=tuple(run.notes),
            kept=self.kept,
        )


def _binding(learned: Answers, run: Run) -> Answers:
    """`learned`, with what stand-ins' answers were compared with bound as the run took it. HTTP's are documents already."""
    for fork in run.forks:
        if not fork.path.startswith(("http:", "status:")) and fork.literal not in ("True", "False"):
            learned = learned.choosing(fork.path, fork.literal if fork.taken else f"no:{fork.literal}")
    return learned


def _stored(case: Case) -> dict[str, Any]:
    """The secrets as the run context has them."""
    return {name: json.loads(text) if name in case.tables else text for name, text in case.secrets}


def _code(text: str, mode: str) -> CodeType:
    found = _compiled.get(mode + text)
    if found is None:
        if len(_compiled) > 20_000:
            _compiled.clear()
        found = _compiled[mode + text] = compile(text, "<case>", mode)
    return found


def _raised_by_own_statement(error: BaseException) -> bool:
    """Whether a KeyboardInterrupt came from a `raise` statement of the task rather than from a person's Ctrl-C."""
    import linecache

    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        last = (frame.f_code.co_filename, line)
    return last is not None and linecache.getline(*last).lstrip().startswith("raise")
