"""Count the steps of a computation, to show that they grow no faster than its input.

Seconds depend on the machine; steps do not. A step is a line of Python or a move of a regular expression. Work
inside other C code, such as slices or lxml, is not counted: for that, `make fuzz` compares the CPU times of large
inputs.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from re import _compiler, _constants, _parser  # type: ignore[attr-defined] # typeshed knows only the public names
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LINEAR: Final = 5
"""The most that the steps of linear work grow with four times the input; those of quadratic work grow 16 times."""

_OURS = ("podcastkit", "tests")
_MAX_DEPTH = 100_000
"""The recursion limit of a match: each repetition of a group is a few calls deeper."""
_SINGLE = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN}
_LEAVES = {*_SINGLE, _constants.AT}

Text = Any  # str or bytes; each pattern matches one of them
Tree = Any  # what re._parser returns
Then = Callable[[int], int | None]
"""Match the rest of the pattern from a position, and return where the match ends."""
Search = tuple["Matcher", Text, range, bool]
"""A pattern, a text, the positions at which a match is attempted, and whether it must reach the text's end."""
Node = Callable[[int, Then], int | None]
"""Match a part of the pattern from a position, and then the rest."""


def measure_growth(run: Callable[[int], object], size: int) -> float:
    """Return how many times more steps a computation takes for four times the size."""
    run(size)  # fill the caches first
    return count_steps(lambda: run(4 * size)) / count_steps(lambda: run(size))


def count_steps(run: Callable[[], object]) -> int:
    """Return how many lines of Python run, plus the moves of all patterns that come from `load_counted`."""
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename == __file__:
            return None
        lines += event in {"call", "line"}
        return trace

    before = sys.gettrace()
    CountedPattern.searches.clear()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return lines + _count_moves(CountedPattern.searches)


def _count_moves(searches: list[Search]) -> int:
    """Repeat the searches move by move; while lines are traced, that would take many times longer."""
    limit, before = sys.getrecursionlimit(), Matcher.moves
    sys.setrecursionlimit(_MAX_DEPTH)
    try:
        for matcher, text, starts, is_full in searches:
            for start in starts:
                matcher.find_end(text, start, is_full=is_full)
    finally:
        sys.setrecursionlimit(limit)
    return Matcher.moves - before


def load_counted(name: str) -> ModuleType:
    """Import a second copy of a test module and of podcastkit, whose regular expressions count their moves."""
    importlib.import_module(name)  # other packages must be imported already, with the usual `re`
    with _other_modules():
        sys.modules["re"] = _CountedRe("re")
        return importlib.import_module(name)


@contextmanager
def _other_modules() -> Iterator[None]:
    saved = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in {*_OURS, "re"}}
    for name in saved:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
            del sys.modules[name]
        sys.modules.update(saved)


class _CountedRe(ModuleType):
    """A replacement for the module `re`."""

    def __getattr__(self, name: str) -> Any:
        if name in {"search", "match", "fullmatch", "finditer", "findall"}:
            return lambda pattern, string, flags=0: getattr(self.compile(pattern, flags), name)(string)
        if name in {"sub", "split"}:
            return lambda pattern, *rest, **options: getattr(self.compile(pattern), name)(*rest, **options)
        return getattr(re, name)

    @staticmethod
    def compile(pattern: Text, flags: int = 0) -> CountedPattern:
        return CountedPattern(re.compile(pattern, flags))


class CountedPattern:
    """A compiled pattern that remembers where it was matched, so that the moves can be counted."""

    searches: ClassVar[list[Search]] = []
    """The searches of all patterns."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._real = pattern
        self.matcher = Matcher(pattern)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def match(self, string: Text, start: int = 0, end: int = sys.maxsize) -> re.Match[Any] | None:
        self._remember(string[:end], start, start)
        return self._real.match(string, start, end)

    def fullmatch(self, string: Text, start: int = 0, end: int = sys.maxsize) -> re.Match[Any] | None:
        self._remember(string[:end], start, start, is_full=True)
        return self._real.fullmatch(string, start, end)

    def search(self, string: Text, start: int = 0, end: int = sys.maxsize) -> re.Match[Any] | None:
        found = self._real.search(string, start, end)
        self._remember(string[:end], start, found.start() if found else None)
        return found

    def finditer(self, string: Text, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[Any]]:
        for found in self._real.finditer(string, start, end):
            self._remember(string[:end], start, found.start())
            yield found
            start = found.end()
        self._remember(string[:end], start, None)

    def findall(self, string: Text) -> list[Any]:
        list(self.finditer(string))
        return self._real.findall(string)

    def sub(self, new: Any, string: Text, count: int = 0) -> Text:
        self._remember_first(string, count)
        return self._real.sub(new, string, count)

    def split(self, string: Text, maxsplit: int = 0) -> list[Any]:
        self._remember_first(string, maxsplit)
        return self._real.split(string, maxsplit)

    def _remember_first(self, string: Text, most: int) -> None:
        for number, _ in enumerate(self.finditer(string), 1):
            if number == most:
                break

    def _remember(self, text: Text, first: int, last: int | None, *, is_full: bool = False) -> None:
        """Remember attempts at all positions from the first to the last; None is the end of the text."""
        starts = range(first, (len(text) if last is None else last) + 1)
        self.searches.append((self.matcher, text, starts, is_full))


class Matcher:
    """A backtracking matcher that works like `re`, and counts its moves."""

    moves = 0
    """The moves of all matchers."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        tree = _parser.parse(pattern.pattern, pattern.flags)
        self._state = tree.state
        self._run = self._sequence(tree, pattern.flags)
        self._text: Text = ""
        self._groups: dict[int, tuple[int, int]] = {}

    def find_end(self, text: Text, start: int, *, is_full: bool = False) -> int | None:
        """Return the end of the match that begins at `start`, or None."""
        self._text, self._groups = text, {}
        return self._run(start, lambda at: at if at == len(text) or not is_full else None)

    def _sequence(self, tree: Tree, flags: int) -> Node:
        nodes = [self._node(operation, value, flags) for operation, value in tree]

        def run(at: int, then: Then, index: int = 0) -> int | None:
            if index == len(nodes):
                return then(at)
            return nodes[index](at, lambda after: run(after, then, index + 1))

        return run

    def _node(self, operation: Any, value: Any, flags: int) -> Node:  # noqa: PLR0911 - one for each operation
        if operation in _LEAVES or (operation in {_constants.ASSERT, _constants.ASSERT_NOT} and value[0] < 0):
            return self._leaf(operation, value, flags)
        if operation == _constants.SUBPATTERN:
            group, added, removed, tree = value
            return self._group(group, self._sequence(tree, (flags | added) & ~removed))
        if operation == _constants.ATOMIC_GROUP:
            inside = self._sequence(value, flags)
            return lambda at, then: None if (end := inside(at, lambda after: after)) is None else then(end)
        if operation == _constants.BRANCH:
            return self._branch([self._sequence(tree, flags) for tree in value[1]])
        if operation in {_constants.MAX_REPEAT, _constants.MIN_REPEAT}:
            is_lazy = operation == _constants.MIN_REPEAT
            low, high, tree = value
            if len(tree) == 1 and tree[0][0] in _SINGLE:
                return self._run_of_one(low, high, tree, flags, is_lazy=is_lazy)
            return self._repeat(low, high, self._sequence(tree, flags), is_lazy=is_lazy)
        if operation in {_constants.ASSERT, _constants.ASSERT_NOT}:
            return self._look_ahead(self._sequence(value[1], flags), is_not=operation == _constants.ASSERT_NOT)
        if operation == _constants.GROUPREF:
            return self._same_as(value, is_caseless=bool(flags & re.IGNORECASE))
        assert operation == _constants.GROUPREF_EXISTS, f"{operation} is not counted yet"
        group, present, absent = value
        nodes = [self._sequence(tree or [], flags) for tree in (absent, present)]
        return lambda at, then: nodes[group in self._groups](at, then)  # noqa: PLW0108 - the groups change

    def _compile(self, operation: Any, value: Any, flags: int) -> Any:
        tree = _parser.SubPattern(self._state, [(operation, value)])
        return _compiler.compile(tree, flags).match

    def _leaf(self, operation: Any, value: Any, flags: int) -> Node:
        match = self._compile(operation, value, flags)

        def run(at: int, then: Then) -> int | None:
            Matcher.moves += 1
            found = match(self._text, at)
            return then(found.end()) if found else None

        return run

    def _run_of_one(self, low: int, high: int, tree: Tree, flags: int, *, is_lazy: bool) -> Node:
        match = self._compile(_constants.MAX_REPEAT, (0, high, tree), flags)

        def run(at: int, then: Then) -> int | None:
            longest = match(self._text, at).end()
            if not is_lazy:
                Matcher.moves += longest - at
            ends = range(at + low, longest + 1)
            for end in ends if is_lazy else reversed(ends):
                Matcher.moves += 1
                if (found := then(end)) is not None:
                    return found
            return None

        return run

    def _repeat(self, low: int, high: int, node: Node, *, is_lazy: bool) -> Node:
        def run(at: int, then: Then, done: int = 0, before: int = -1) -> int | None:
            Matcher.moves += 1

            def again() -> int | None:
                is_stuck = done >= low and at == before
                return None if done == high or is_stuck else node(at, lambda end: run(end, then, done + 1, at))

            def stop() -> int | None:
                return then(at) if done >= low else None

            first, second = (stop, again) if is_lazy else (again, stop)
            found = first()
            return second() if found is None else found

        return run

    def _group(self, group: int | None, node: Node) -> Node:
        if group is None:
            return node

        def run(at: int, then: Then) -> int | None:
            def close(end: int) -> int | None:
                before = self._groups.copy()
                self._groups[group] = (at, end)
                found = then(end)
                if found is None:
                    self._groups = before
                return found

            return node(at, close)

        return run

    def _branch(self, nodes: list[Node]) -> Node:
        def run(at: int, then: Then) -> int | None:
            for node in nodes:
                if (end := node(at, then)) is not None:
                    return end
            return None

        return run

    def _look_ahead(self, node: Node, *, is_not: bool) -> Node:
        def run(at: int, then: Then) -> int | None:
            is_there = node(at, lambda end: end) is not None
            return None if is_there == is_not else then(at)

        return run

    def _same_as(self, group: int, *, is_caseless: bool) -> Node:
        def run(at: int, then: Then) -> int | None:
            Matcher.moves += 1
            if group not in self._groups:
                return None
            start, end = self._groups[group]
            wanted, found = self._text[start:end], self._text[at : at + end - start]
            is_same = wanted == found or (is_caseless and wanted.lower() == found.lower())
            return then(at + end - start) if is_same else None

        return run
