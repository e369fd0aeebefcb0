"""The pages and severities of findings that do not come from a rule function.

The readers and the publish code raise these findings, so no docstring can be their page. Each page is a Markdown
file in this folder, and its name is the code. To add a page, write the file and add a row to the table below.
"""

from __future__ import annotations

from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Final

from podcastkit.checks.rule import Rule, register_rule
from podcastkit.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

# The severities are here, not in the files, so that a check reads no pages: a page is read only when it is shown.
_FINDINGS: Final[Mapping[str, tuple[Severity, *tuple[str, ...]]]] = {
    "A103": (Severity.ERROR,),
    "A104": (Severity.ERROR,),
    "A105": (Severity.ERROR,),
    "A106": (Severity.ERROR,),
    "A111": (Severity.WARNING,),
    "A201": (Severity.ERROR,),
    "A215": (Severity.WARNING,),
    "C001": (Severity.ERROR,),
    "C002": (Severity.ERROR,),
    "C004": (Severity.WARNING,),
    "C005": (Severity.ERROR,),
    "C006": (Severity.ERROR,),
    "C007": (Severity.WARNING, "podcasting20"),
    "C008": (Severity.INFO, "spotify", "apple"),
    "E009": (Severity.WARNING,),
    "E105": (Severity.WARNING,),
    "E108": (Severity.ERROR,),
    "E110": (Severity.INFO,),
    "E160": (Severity.WARNING,),
    "E203": (Severity.ERROR,),
    "F001": (Severity.ERROR,),
    "F002": (Severity.ERROR,),
    "F003": (Severity.ERROR,),
    "F004": (Severity.ERROR,),
    "I103": (Severity.ERROR,),
    "I104": (Severity.ERROR,),
    "I110": (Severity.ERROR,),
    "N001": (Severity.ERROR,),
    "N002": (Severity.ERROR,),
    "N003": (Severity.ERROR,),
    "N004": (Severity.ERROR,),
    "N005": (Severity.ERROR,),
    "N006": (Severity.ERROR,),
    "N007": (Severity.ERROR,),
    "N008": (Severity.ERROR,),
    "N009": (Severity.ERROR,),
    "N010": (Severity.ERROR,),
    "N011": (Severity.WARNING,),
    "N012": (Severity.INFO,),
    "N013": (Severity.WARNING,),
    "N101": (Severity.WARNING,),
    "N102": (Severity.WARNING,),
    "N103": (Severity.WARNING,),
    "N104": (Severity.WARNING,),
    "N160": (Severity.WARNING,),
    "N161": (Severity.WARNING,),
    "S001-E001": (Severity.ERROR,),
    "S002-E002": (Severity.ERROR,),
    "S003-E003": (Severity.ERROR,),
    "S004-E004": (Severity.ERROR,),
    "S006": (Severity.ERROR,),
    "S007-E007": (Severity.WARNING,),
    "S008-E008": (Severity.WARNING,),
    "S106-E106": (Severity.ERROR,),
    "S109-E109": (Severity.WARNING,),
    "S110": (Severity.ERROR,),
    "S111": (Severity.WARNING,),
    "S112": (Severity.WARNING,),
    "S120-E120": (Severity.WARNING, "podcasting20"),
    "S121-E121": (Severity.WARNING, "podcasting20"),
    "S122-E122": (Severity.WARNING, "podcasting20"),
    "S123-E123": (Severity.WARNING, "podcasting20"),
    "S124-E124": (Severity.WARNING, "podcasting20"),
    "S125": (Severity.WARNING, "podcasting20"),
    "S126-E126": (Severity.WARNING, "podcasting20"),
    "S127": (Severity.WARNING, "podcasting20"),
    "S141": (Severity.ERROR,),
    "S147-E147": (Severity.WARNING,),
    "S150": (Severity.WARNING,),
    "S151": (Severity.ERROR,),
    "S152": (Severity.WARNING,),
    "S153": (Severity.WARNING,),
    "T001": (Severity.ERROR,),
    "T002": (Severity.ERROR,),
    "T003": (Severity.ERROR,),
    "T004": (Severity.ERROR,),
    "T005": (Severity.WARNING,),
    "T006": (Severity.WARNING,),
    "T007": (Severity.WARNING,),
    "T008": (Severity.ERROR,),
    "T009": (Severity.WARNING,),
    "T010": (Severity.WARNING,),
    "T011": (Severity.WARNING,),
    "T012": (Severity.WARNING,),
    "T013": (Severity.ERROR,),
    "T014": (Severity.WARNING,),
    "T110": (Severity.WARNING,),
}
"""The severity and the destinations of each page, by its name; `S001-E001.md` is the page of both codes."""


def _read_page(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


for _name, (_severity, *_destinations) in _FINDINGS.items():
    _page = partial(_read_page, _name)
    for _code in _name.split("-"):
        register_rule(Rule(code=_code, severity=_severity, destinations=tuple(_destinations), read_page=_page))
