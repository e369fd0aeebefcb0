from __future__ import annotations

import pytest

from podcastkit.cli.plan_output import print_changes
from podcastkit.feed.changes import Change

PLACE = "https://podcast.example.org"
LONG = "https://podcast.example.org/a-folder-with-quite-a-long-name/feed.xml"


@pytest.mark.parametrize(
    ("kind", "field", "old", "new", "shown"),
    [
        (
            "date",
            "date",
            "Sun, 01 Sep 2024 06:00:00 -0700",
            "Mon, 02 Sep 2024 06:00:00 -0700",
            "Sun 1 Sep 2024 06:00 → Mon 2 Sep 2024 06:00",
        ),
        ("date", "date", "some day", "Mon, 02 Sep 2024 06:00:00 -0700", "some day → Mon 2 Sep 2024 06:00"),
        ("details", "duration", "59", "3725", "duration: 0:59 → 62:05"),
        ("details", "duration", "1:02:03", "61", "duration: 1:02:03 → 1:01"),
        (
            "details",
            "artwork",
            f"{PLACE}/artwork/a-1.jpg",
            f"{PLACE}/artwork/a-2.jpg",
            "artwork: a-1.jpg → a-2.jpg",
        ),
        ("details", "summary", None, "In short.", "summary: In short."),
        ("details", "summary", "In short.", None, "summary: removed"),
        ("show", "author", None, "Harbour Radio", "author  Harbour Radio"),
        ("show", "copyright", "Harbour Radio", None, "copyright  removed"),
        ("show", "address", f"{PLACE}/feed.xml", LONG, f"{PLACE}/feed.xml → {LONG}"),
    ],
)
def test_change_is_printed_as_text(
    kind: str, field: str, old: str | None, new: str | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    episode = None if kind == "show" else "Episode 1"
    change = Change(kind=kind, episode=episode, field=field, old=old, new=new)
    print_changes([change])
    assert capsys.readouterr().out.splitlines()[0].endswith(f"  {shown}" if episode else shown)
