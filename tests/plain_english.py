"""Find words that make our English hard to read: `python -m tests.plain_english [PATH ...]`.

It reads docs, docstrings, comments, messages, and the names of functions, classes and parameters. It skips code
between backticks, strings in the tests (they contain other people's texts), and reference pages that are generated
from docstrings. An exception is a line in `plain_english.txt`: the file, and the phrase with the words around it.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
EXCEPTIONS: Final = Path(__file__).with_suffix(".txt")
MOST_EXCEPTIONS: Final = 20
GENERATED: Final = {ROOT / "docs/reference/rules.md", ROOT / "docs/reference/commands.md"}

#: What not to write, as regular expressions, and what to write instead. Questions are allowed.
WORDS: Final = {
    r"\bwhat (?:is|are|was|were|has|have|had)\b(?![^.:;]*\?)": "a noun: the published files, the owner, the error",
    r"\bwho (?:made|wrote|reads|owns) it\b": "a noun: the author, the reader, the owner",
    r"\b(?:tells?|told|telling)\b": "report, say, show, name",
    r"\b(?:stands?|stood|standing)\b(?! for\b)": "be, remain, appear",
    r"\b(?:lies?|lay|lying)\b": "be, be in",
    r"\b(?-i:none)\b(?! of\b)": "no …, missing, nothing",
    r"(?<!there\s)\b(?:is|are|was|were) no\b(?! longer\b)": "is not a, has no, is missing",
    r"\banew\b": "again",
    r"\bshall\b": "must, should, will",
    r"\bmend(?:s|ed|ing)?\b": "repair, fix",
    r"\bcures?\b": "fix, solution",
    r"\bbehind\b": "after",
    r"\b(?:no|every|some)body\b": "no one, everyone, someone, or the subject itself",
    r"\b(?:who|what|which|where)(?:so)?ever\b": "a noun, all, any, each",
    r"\b(?:save|but) for\b": "except",
    r"\bjudg(?:es?|ed|ing)\b": "check, rate, decide",
    r"\bfor good\b": "permanently",
    r"\breckon(?:s|ed|ing)?\b": "calculate, expect",
    r"\b(?:hence|lest|thereby|thus|whence|wherein|whereby)\b": "so, because, which",
    r"\bas (?:it is|they are)\b(?! (?:being|not)\b)": "unchanged",
    r"\bbeside\b": "next to",
    r"\b(?:comes?|came|coming|goes|go|went|going) out\b": "be published, be released",
    r"\bin words\b": "as text, in plain English",
    r"\b(?:of|by) others\b": "somebody's noun: another host's feed",
    r"\b(?:house|rooms|laws|journeys?)\b": "architecture, packages, rules, steps",
    r"\b(?:catalogue|centre|coloured|colours?|grey(?:scale)?|labelled|licences?)\b": "American spelling: color",
    r"\b\w*(?:capitali|normali|recogni|saniti)s(?:e[ds]?|ing|ation)\b": "American spelling: recognize, normalize",
}
PATTERNS: Final = {re.compile(words.replace(" ", r"\s+"), re.IGNORECASE): advice for words, advice in WORDS.items()}
#: A message that begins with "it" does not name its subject.
NAMELESS: Final = re.compile(r"\Aits?\s", re.IGNORECASE)
IRREGULAR: Final = (
    "begun|bound|built|chosen|done|drawn|found|given|gone|heard|held|hidden|kept|known|left|lost|made|meant|said|seen"
    "|sent|shown|spent|spoken|taken|thought|told|understood|unread|written"
)
#: The name of a function is a verb with its object, not a bare participle.
PARTICIPLE: Final = re.compile(rf"(?:[a-z]+?(?<!fe)(?<!ne)(?<!se)(?<!spe)(?<!embe)ed|{IRREGULAR})(?:_\w+)?\Z")
CODE: Final = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Match:
    """A phrase to replace, with the words around it."""

    path: Path
    line: int
    phrase: str
    excerpt: str
    advice: str


def find_matches(path: Path) -> Iterator[Match]:
    """Yield the phrases of one file that are not plain English, in the order of the checks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from _find_words(path, 1, text)
        return
    yield from _find_in_comments(path, text)
    tree = ast.parse(text)
    docstrings = set()
    for node in ast.walk(tree):
        if docstring := _get_docstring(node):
            docstrings.add(docstring)
            yield from _find_words(path, docstring.lineno, str(docstring.value))
        yield from _find_in_names(path, node)
    if not path.is_relative_to(ROOT / "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                yield from _find_in_message(path, node.lineno, node.value)


def _find_in_comments(path: Path, text: str) -> Iterator[Match]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield from _find_words(path, token.start[0], token.string)


def _get_docstring(node: ast.AST) -> ast.Constant | None:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str()) as docstring), *_]:
                return docstring
    return None


def _find_in_names(path: Path, node: ast.AST) -> Iterator[Match]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if not node.decorator_list and PARTICIPLE.match(node.name.lstrip("_")):
            yield Match(path=path, line=node.lineno, phrase=node.name, excerpt=node.name, advice="a verb")
        names = [node.name, *(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))]
    elif isinstance(node, ast.ClassDef):
        names = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name)]
    else:
        return
    for name in names:
        yield from _find_words(path, node.lineno, name.replace("_", " "))


def _find_in_message(path: Path, line: int, text: str) -> Iterator[Match]:
    if " " not in text.strip():
        return
    if NAMELESS.match(text):
        yield Match(path=path, line=line, phrase=text[:3], excerpt=text[:40], advice="name the subject")
    yield from _find_words(path, line, text)


def _find_words(path: Path, line: int, text: str) -> Iterator[Match]:
    # Code becomes as many spaces, so that the lines still count.
    prose = CODE.sub(lambda code: re.sub(r"[^\n]", " ", code.group()), text)
    for pattern, advice in PATTERNS.items():
        for match in pattern.finditer(prose):
            excerpt = " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
            found = line + text.count("\n", 0, match.start())
            yield Match(path=path, line=found, phrase=match.group(), excerpt=excerpt, advice=advice)


def list_files(places: list[Path]) -> Iterator[Path]:
    """List the Python and Markdown files to read, without test data and generated files."""
    for place in places:
        if place.is_file():
            yield place
            continue
        for path in sorted([*place.rglob("*.py"), *place.rglob("*.pyi"), *place.rglob("*.md")]):
            if (
                not path.is_relative_to(ROOT / "tests/data")
                and "node_modules" not in path.parts
                and path not in GENERATED
            ):
                yield path


def read_exceptions() -> list[tuple[str, str]]:
    """Return the file and the words of each exception."""
    lines = EXCEPTIONS.read_text(encoding="utf-8").splitlines()
    return [(name, words) for name, _, words in (line.partition(": ") for line in lines)]


def main() -> int:
    """Print each phrase with its place and what to write instead; return 1 if there is one."""
    arguments = [Path(argument).resolve() for argument in sys.argv[1:]]
    everything = [ROOT / name for name in ("README.md", "episodes/README.md", "docs", "podcastkit", "tests")]
    exceptions = read_exceptions()
    used = set()
    count = 0
    for path in list_files(arguments or everything):
        name = path.relative_to(ROOT).as_posix()
        for match in find_matches(path):
            fitting = {(file, words) for file, words in exceptions if file == name and words in match.excerpt}
            used |= fitting
            if not fitting:
                count += 1
                sys.stdout.write(f"{name}:{match.line}: {match.phrase!r} in {match.excerpt!r}: {match.advice}\n")
    if not arguments:
        for file, words in sorted(set(exceptions) - used):
            count += 1
            sys.stdout.write(f"{EXCEPTIONS.name}: {file}: {words}: no longer needed\n")
    if len(exceptions) > MOST_EXCEPTIONS:
        count += 1
        sys.stdout.write(f"{EXCEPTIONS.name}: more than {MOST_EXCEPTIONS} exceptions\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
