"""Every code that the package can tell has a page, and every page a form that people can rely on.

A code is written out where it is told, so that a walk over the source finds it. Only the numbers that show.toml and
front matter share are put together with a letter; `Number` marks those, which mypy sees to, and each has an example
that is read here. What the package tells in any other test is held against the catalogue by conftest.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

import podcastkit
from podcastkit.checks import explain
from podcastkit.checks.rule import CATALOGUE, DESTINATIONS, RETIRED, Rule, enter_rule
from podcastkit.diagnostics import Severity, UnknownRuleError
from podcastkit.project.front_matter import read_front_matter
from podcastkit.project.show_file import read_show_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.diagnostics import Diagnostic

PACKAGE = Path(podcastkit.__file__).parent
PAGES = PACKAGE / "checks" / "rule_pages"
CODE = re.compile(r"[A-Z]\d{3}")
LONGEST_LINE, LONGEST_EXAMPLE = 112, 76
"""Columns: an example is indented by four, and a terminal may have no more than eighty."""

LONG = "x" * 129
EXAMPLES = {
    "S001": "title = “Night Shift”",
    "S002": 'tilte = "Night Shift"',
    "S003": "",
    "S004": "explicit = 5",
    "S006": '[publish]\nsecret_key = "x"',
    "S007": 'title = "Night\\u0007Shift"',
    "S008": 'link = "http://example.org"',
    "S120": f'season_name = "{LONG}"',
    "S121": 'people = [{name = "Somebody", role = "Sound man"}]',
    "S122": 'license = "CC0-1.0"',
    "S123": 'block = ["nobody"]',
    "S124": 'txt = [{purpose = "ai-content", value = "perhaps"}]',
    "S125": 'medium = "publisher"',
    "S126": 'social = {protocol = "disabled", uri = "https://example.org/1"}',
    "S127": 'publisher = {feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"}',
    "S147": 'timezone = "America/New_York"\n[schedule]\nfirst = 2026-03-08T02:30:00\nevery = "week"',
    "E001": "people: [Somebody",
    "E002": "tilte: The crane",
    "E003": "soundbites: [{start: 75}]",
    "E004": "explicit: perhaps",
    "E007": "title: The\x07crane",
    "E008": "link: http://example.org",
    "E120": f"location: {LONG}",
    "E121": "people: [{name: Somebody, role: Sound man}]",
    "E122": "license: CC0-1.0",
    "E123": "block: [nobody]",
    "E124": "txt: {purpose: ai-content, value: perhaps}",
    "E126": "social: {protocol: disabled, uri: https://example.org/1}",
    "E147": "date: 2026-03-08T02:30:00",
    "E203": "date: 9/5/2024",
}
OF_THE_SHOW_ALONE = {
    "E006": "secret_key: x",
    "E125": "medium: publisher",
    "E127": "publisher: {feed_guid: 917393e3-1b1e-5cef-ace4-edaa54e1f810}",
}


def read(code: str, text: str) -> tuple[Diagnostic, ...]:
    if code.startswith("S"):
        return read_show_file(text, "show.toml").findings
    return read_front_matter(f"---\n{text}\n---\n", "notes.md", timezone=ZoneInfo("America/New_York")).findings


def walk() -> Iterator[ast.AST]:
    """Yield every node of the package's source, save the pages and what is only compared with."""
    for path in PACKAGE.rglob("*.py"):
        if path.parent != PAGES:
            waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
            while waiting:
                node = waiting.pop()
                yield node
                waiting += () if isinstance(node, ast.Compare) else ast.iter_child_nodes(node)


def codes_written_out() -> set[str]:
    strings = (node.value for node in walk() if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {string for string in strings if CODE.fullmatch(string)}


def numbers() -> set[int]:
    calls = (node for node in walk() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return {ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "Number"}


@pytest.mark.slow
def test_every_code_that_can_be_told_has_an_entry_and_every_entry_is_told() -> None:
    assert codes_written_out() | set(EXAMPLES) == set(CATALOGUE) | set(RETIRED)


@pytest.mark.slow
def test_every_number_has_an_example_in_each_file_that_it_is_told_of() -> None:
    told = {f"{area}{number:03}" for area in "SE" for number in numbers()}
    assert told & set(CATALOGUE) == set(EXAMPLES)
    assert told - set(CATALOGUE) == {"S203", *OF_THE_SHOW_ALONE}


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_is_found_with_the_severity_of_its_rule(code: str) -> None:
    found = [finding for finding in read(code, EXAMPLES[code]) if finding.code == code]
    assert [finding.severity for finding in found[:1]] == [CATALOGUE[code].severity]


@pytest.mark.parametrize("code", OF_THE_SHOW_ALONE)
def test_what_only_a_show_can_say_is_an_unknown_key_in_front_matter(code: str) -> None:
    assert [finding.code for finding in read(code, OF_THE_SHOW_ALONE[code])] == ["E002"]


@pytest.mark.parametrize("code", RETIRED)
def test_a_retired_code_is_never_used_again(code: str) -> None:
    with pytest.raises(ValueError, match=f"{code} is used already"):
        enter_rule(Rule(code=code, severity=Severity.INFO, destinations=(), read_page=str))


def paragraphs(page: str) -> list[str]:
    """Return a page's prose, without its examples."""
    prose = re.sub(r"^```\w+\n.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    return [part for part in re.split(r"\n(?:\s*\n)+", prose.strip()) if not part.startswith("    ")]


def complaints(page: str) -> Iterator[str]:
    """Yield what keeps a page from the form: what is wrong, why that hurts, **Solution**, and perhaps a source."""
    prose = paragraphs(page)
    solutions = [index for index, part in enumerate(prose) if part.startswith("**Solution**: ")]
    sources = [index for index, part in enumerate(prose) if part.startswith("Source: ")]
    if not re.match(r"[A-Z`]", page) or re.search(r"[.!?] [A-Z`]", prose[0].replace("\n", " ")):
        yield "it does not begin with one sentence"
    if len(solutions) != 1:
        yield "it has no paragraph, or several, that begins with “**Solution**: ”"
    elif solutions[0] < 2:
        yield "no paragraph between the first sentence and the solution says why it hurts"
    if sources not in ([], [len(prose) - 1]) or sources < solutions[: len(sources)]:
        yield "a paragraph “Source: ” stands last"
    if not all(part.endswith((".", ":")) for part in prose) or not prose[-1].endswith("."):
        yield "a paragraph ends with a period, or with a colon before an example"
    if "{{" in page or "}}" in page:
        yield "words for the show and for an episode are not told apart"
    if page.count("```") % 2 or any(part.count("`") % 2 for part in prose):
        yield "a back quote has no partner"
    if any(len(line) > LONGEST_LINE for line in page.split("\n")):
        yield f"a line has more than {LONGEST_LINE} characters"
    examples = re.findall(r"^```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if any(len(line) > LONGEST_EXAMPLE for example in examples for line in example.split("\n")):
        yield f"a line of an example has more than {LONGEST_EXAMPLE} characters"


def test_page_files_cover_exactly_the_codes_without_a_function() -> None:
    named = [code for path in PAGES.glob("*.md") for code in path.stem.split("-")]
    without_function = [code for code, rule in CATALOGUE.items() if rule.scope is None]
    assert sorted(named) == sorted(without_function)


@pytest.mark.parametrize("rule", CATALOGUE.values(), ids=lambda rule: rule.code)
def test_the_page_says_what_and_why_and_the_solution(rule: Rule) -> None:
    assert list(complaints(rule.page)) == []
    assert set(rule.destinations) <= set(DESTINATIONS)


def test_a_function_of_two_rules_has_a_page_for_each() -> None:
    assert CATALOGUE["I109"].title == "The show's artwork is larger than 512 kB."
    assert CATALOGUE["I113"].title == "An episode's artwork is larger than 512 kB."


WHAT, WHY, CURE, SOURCE = "A thing is wrong.", "It hurts.", "**Solution**: mend it.", "Source: a page."


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ((WHAT, WHY, CURE, SOURCE), None),
        ((WHAT, WHY, "**Solution**: mend it so:", "```toml\na = 1\n```"), "ends with a period"),
        ((WHAT, WHY, "**Solution**: mend it so:", "```toml\na = 1\n```", SOURCE), None),
        (("",), "one sentence"),
        ((f"{WHAT} {WHY}", WHY, CURE), "one sentence"),
        ((WHAT, CURE), "why it hurts"),
        ((WHAT, CURE, WHY), "why it hurts"),
        ((WHAT, WHY), "Solution"),
        ((WHAT, WHY, CURE, CURE), "Solution"),
        ((WHAT, WHY, SOURCE, CURE), "stands last"),
        ((WHAT, "It hurts", CURE), "ends with a period"),
        ((WHAT, "A `key hurts.", CURE), "no partner"),
        ((WHAT, "{{It hurts.}}", CURE), "told apart"),
        ((WHAT, f"It hurts {LONG}.", CURE), "112 characters"),
        ((WHAT, WHY, "**Solution**: mend it so:", f"```toml\n{'x' * 77}\n```", SOURCE), "76 characters"),
    ],
)
def test_a_page_of_another_form_is_noticed(parts: tuple[str, ...], complaint: str | None) -> None:
    found = list(complaints("\n\n".join(parts)))
    assert any(complaint in one for one in found) if complaint else not found


@pytest.mark.parametrize("code", ["E103", "e103", " E103 "])
def test_a_rule_is_explained_by_its_code_in_any_case(code: str) -> None:
    assert explain(code) is CATALOGUE["E103"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("E1O3", "did you mean E103, "),
        ("S108", "did you mean S10"),
        ("s4", "did you mean S004, "),
        ("", "write it as podcastkit check prints it, such as E103"),
        ("?" * 5000, "write it as podcastkit check prints it, such as E103"),
    ],
)
def test_of_an_unknown_code_the_nearest_are_named(code: str, hint: str) -> None:
    with pytest.raises(UnknownRuleError, match="is not the code of a rule") as caught:
        explain(code)
    assert (caught.value.hint or "").startswith(hint)
    assert len(caught.value.message) < 100
