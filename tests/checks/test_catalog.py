"""Test that every code of the package has a rule page, and that every page has the same structure.

The source contains each code as a string, so that these tests can find it. Only the numbers that show.toml and
front matter share are combined with a letter. The type `Number`, which mypy checks, marks them, and each has an
example here. For the findings of all other tests, conftest checks that their codes are in the catalog.
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
from podcastkit.checks.rule import CATALOG, DIRECTORIES, RETIRED, Rule, register_rule
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
"""In columns. An example is indented by four, and a terminal may have only eighty."""

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
SHOW_ONLY = {
    "E006": "secret_key: x",
    "E125": "medium: publisher",
    "E127": "publisher: {feed_guid: 917393e3-1b1e-5cef-ace4-edaa54e1f810}",
}


def read_example(code: str, text: str) -> tuple[Diagnostic, ...]:
    if code.startswith("S"):
        return read_show_file(text, "show.toml").findings
    return read_front_matter(f"---\n{text}\n---\n", "notes.md", timezone=ZoneInfo("America/New_York")).findings


def walk_source() -> Iterator[ast.AST]:
    """Yield the nodes of the source code of the package, without the rule pages and comparisons."""
    for path in PACKAGE.rglob("*.py"):
        if path.parent != PAGES:
            pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
            while pending:
                node = pending.pop()
                yield node
                pending += () if isinstance(node, ast.Compare) else ast.iter_child_nodes(node)


def find_codes() -> set[str]:
    strings = (
        node.value for node in walk_source() if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {string for string in strings if CODE.fullmatch(string)}


def find_numbers() -> set[int]:
    calls = (node for node in walk_source() if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return {ast.literal_eval(call.args[0]) for call in calls if ast.unparse(call.func) == "Number"}


@pytest.mark.slow
def test_codes_in_the_source_equal_the_codes_in_the_catalog() -> None:
    assert find_codes() | set(EXAMPLES) == set(CATALOG) | set(RETIRED)


@pytest.mark.slow
def test_every_number_shared_by_show_and_episode_rules_has_an_example() -> None:
    possible = {f"{area}{number:03}" for area in "SE" for number in find_numbers()}
    assert possible & set(CATALOG) == set(EXAMPLES)
    assert possible - set(CATALOG) == {"S203", *SHOW_ONLY}


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_has_a_finding_with_the_severity_of_its_rule(code: str) -> None:
    found = [finding for finding in read_example(code, EXAMPLES[code]) if finding.code == code]
    assert [finding.severity for finding in found[:1]] == [CATALOG[code].severity]


@pytest.mark.parametrize("code", SHOW_ONLY)
def test_key_of_the_show_is_unknown_in_front_matter(code: str) -> None:
    assert [finding.code for finding in read_example(code, SHOW_ONLY[code])] == ["E002"]


@pytest.mark.parametrize("code", RETIRED)
def test_add_rule_with_retired_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=f"{code} is used already"):
        register_rule(Rule(code=code, severity=Severity.INFO, destinations=(), read_page=str))


def split_paragraphs(page: str) -> list[str]:
    """Return the paragraphs of a page without its examples."""
    prose = re.sub(r"^```\w+\n.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    return [part for part in re.split(r"\n(?:\s*\n)+", prose.strip()) if not part.startswith("    ")]


def find_mistakes(page: str) -> Iterator[str]:
    """Yield the mistakes in the structure of a page: problem, reason, **Solution** and, optionally, source."""
    prose = split_paragraphs(page)
    solutions = [index for index, part in enumerate(prose) if part.startswith("**Solution**: ")]
    sources = [index for index, part in enumerate(prose) if part.startswith("Source: ")]
    if not re.match(r"[A-Z`]", page) or re.search(r"[.!?] [A-Z`]", prose[0].replace("\n", " ")):
        yield "the page does not begin with one sentence"
    if len(solutions) != 1:
        yield "the page does not have exactly one paragraph “**Solution**: ”"
    elif solutions[0] < 2:
        yield "a paragraph before the solution does not say why the problem hurts"
    if sources not in ([], [len(prose) - 1]) or sources < solutions[: len(sources)]:
        yield "the paragraph “Source: ” is not the last one"
    if not all(part.endswith((".", ":")) for part in prose) or not prose[-1].endswith("."):
        yield "a paragraph does not end with a period, or with a colon before an example"
    if "{{" in page or "}}" in page:
        yield "the texts for the show and for an episode are not separated"
    if page.count("```") % 2 or any(part.count("`") % 2 for part in prose):
        yield "a backtick is not closed"
    if any(len(line) > LONGEST_LINE for line in page.split("\n")):
        yield f"a line has more than {LONGEST_LINE} characters"
    examples = re.findall(r"^```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if any(len(line) > LONGEST_EXAMPLE for example in examples for line in example.split("\n")):
        yield f"a line of an example has more than {LONGEST_EXAMPLE} characters"


def test_page_files_cover_exactly_the_codes_without_a_function() -> None:
    named = [code for path in PAGES.glob("*.md") for code in path.stem.split("-")]
    without_function = [code for code, rule in CATALOG.items() if rule.scope is None]
    assert sorted(named) == sorted(without_function)


@pytest.mark.parametrize("rule", CATALOG.values(), ids=lambda rule: rule.code)
def test_page_has_problem_reason_and_solution(rule: Rule) -> None:
    assert list(find_mistakes(rule.page)) == []
    assert set(rule.destinations) <= set(DIRECTORIES)


def test_rules_with_one_function_have_separate_titles() -> None:
    assert CATALOG["I109"].title == "The show's artwork is larger than 512 kB."
    assert CATALOG["I113"].title == "An episode's artwork is larger than 512 kB."


WHAT, WHY, SOLUTION, SOURCE = "A thing is wrong.", "It hurts.", "**Solution**: fix it.", "Source: a page."


@pytest.mark.parametrize(
    ("parts", "mistake"),
    [
        ((WHAT, WHY, SOLUTION, SOURCE), None),
        ((WHAT, WHY, "**Solution**: fix it like this:", "```toml\na = 1\n```"), "not end with a period"),
        ((WHAT, WHY, "**Solution**: fix it like this:", "```toml\na = 1\n```", SOURCE), None),
        (("",), "one sentence"),
        ((f"{WHAT} {WHY}", WHY, SOLUTION), "one sentence"),
        ((WHAT, SOLUTION), "why the problem hurts"),
        ((WHAT, SOLUTION, WHY), "why the problem hurts"),
        ((WHAT, WHY), "Solution"),
        ((WHAT, WHY, SOLUTION, SOLUTION), "Solution"),
        ((WHAT, WHY, SOURCE, SOLUTION), "not the last one"),
        ((WHAT, "It hurts", SOLUTION), "not end with a period"),
        ((WHAT, "A `key hurts.", SOLUTION), "not closed"),
        ((WHAT, "{{It hurts.}}", SOLUTION), "not separated"),
        ((WHAT, f"It hurts {LONG}.", SOLUTION), "112 characters"),
        ((WHAT, WHY, "**Solution**: fix it like this:", f"```toml\n{'x' * 77}\n```", SOURCE), "76 characters"),
    ],
)
def test_mistake_in_a_rule_page_is_found(parts: tuple[str, ...], mistake: str | None) -> None:
    found = list(find_mistakes("\n\n".join(parts)))
    assert any(mistake in one for one in found) if mistake else not found


@pytest.mark.parametrize("code", ["E103", "e103", " E103 "])
def test_explain_ignores_case_and_spaces(code: str) -> None:
    assert explain(code) is CATALOG["E103"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("E1O3", "did you mean E103, "),
        ("S108", "did you mean S10"),
        ("s4", "did you mean S004, "),
        ("", "write a code that podcastkit check prints, such as E103"),
        ("?" * 5000, "write a code that podcastkit check prints, such as E103"),
    ],
)
def test_explain_unknown_code_suggests_similar_codes(code: str, hint: str) -> None:
    with pytest.raises(UnknownRuleError, match="is not the code of a rule") as caught:
        explain(code)
    assert (caught.value.hint or "").startswith(hint)
    assert len(caught.value.message) < 100
