from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.html import has_words, read_html_transcript

NAMESPACE = """\
<cite>Kevin:</cite>
<time>0:00</time>
<p>
  We have
  a plan
</p>
<cite>Alban :</cite>
<time>1:02:03</time>
<p>It&#39;s &lt;good&gt;</p>
"""
PAGE = """\
<!doctype html><html><head><title>T</title><style>p {}</style></head><body><h1>Episode</h1>
<time>0:00</time><P class=x>Hi <b>you</b><br>there</P><script>alert(1)</script></body></html>
"""
STRANGE = "<p title=x><!-- no --><time>0:01</time>1 < 2 <?php no ?><b>bo</b>ld</P><SCRIPT>no</SCRIPT>"
OWN_PARAGRAPHS = "<p><cite>Ana\uff1a</cite><time>[00:05]</time></p><p>Hola</p>"
TIMED = {
    "example of the podcast namespace": (
        NAMESPACE,
        [(0, "Kevin", "We have a plan"), (3723, "Alban", "It's <good>")],
    ),
    "times in the paragraph": ("<p><cite>Ana</cite> <time>(0:05.5)</time> Hola</p>", [(5.5, "Ana", "Hola")]),
    "times in their own paragraphs": (OWN_PARAGRAPHS, [(5, "Ana", "Hola")]),
    "strange": (STRANGE, [(1, None, "1 < 2 bold")]),
    "a whole page": (PAGE, [(0, None, "Hi you there")]),
}


@pytest.mark.parametrize("case", TIMED)
def test_read_html_transcript_paragraphs_with_times_become_cues(case: str) -> None:
    source, expected = TIMED[case]
    cues, findings = read_html_transcript(source, "t.html")
    assert [(cue.start.total_seconds(), cue.speaker, cue.text) for cue in cues] == expected
    assert all(cue.end is None for cue in cues)
    assert not findings
    assert has_words(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hi</p>",
        "<time>0:00</time><p>Hi</p><p>Ho</p>",
        "<time>0:00</time><p>Hi</p>loose words",
        "<time>0:00</time><div>Hi</div>",
        "plain",
    ],
)
def test_read_html_transcript_text_without_time_returns_no_cues(source: str) -> None:
    cues, findings = read_html_transcript(source, "t.html")
    assert not cues
    assert not findings
    assert has_words(source)


@pytest.mark.parametrize("time", ["soon", "0:75", "1:60:00", "12", "100:00:00"])
def test_read_html_transcript_unreadable_time_is_reported_with_its_line(time: str) -> None:
    source = f"<time>0:00</time><p>Hi</p>\n<time>{time}</time>\n<p>Ho</p>"
    cues, (finding,) = read_html_transcript(source, "01-a/t.html")
    assert not cues
    assert (finding.code, finding.location and finding.location.line) == ("T010", 2)
    assert time in finding.message


@pytest.mark.parametrize(
    "source", ["", " \n ", "<p> </p>", "<script>words</script>", "<!-- words -->", "<STYLE>words"]
)
def test_read_html_transcript_page_without_text_has_no_findings(source: str) -> None:
    assert read_html_transcript(source, "t.html") == ((), ())
    assert not has_words(source)


@given(st.lists(st.sampled_from(["<p>", "</p>", "<time>", "</time>", "<cite>", "0:00", "Hi", "<", "&lt;", "<!--"])))
def test_read_html_transcript_any_markup_is_read(parts: list[str]) -> None:
    cues, _ = read_html_transcript("".join(parts), "t.html")
    assert all(cue.text for cue in cues)
    assert has_words("".join(parts)) or not cues
