"""Answer S3 clients and `verify` with unusual statuses, headers and bodies.

    python -m tests.fuzz.fuzz_answers --cases 1000 --seed 1
    python -m tests.fuzz.fuzz_answers --seed 1 --only 417    # repeat one case

Each case must end with a result or a PodcastkitError. Control characters of an answer must not reach a terminal.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import click

from podcastkit.diagnostics import PodcastkitError
from podcastkit.storage.s3 import S3Storage
from podcastkit.verification.verify import verify
from podcastkit.wait_times import Waiting
from tests.storage.front import Response, close, run_server
from tests.storage.test_s3_responses import MODIFIED, PAGE, STORAGE_CALLS, make_listing
from tests.verification.test_verify import make_feed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.storage.front import Request

_STATUSES = (200,) * 20 + (
    100, 201, 204, 206, 299, 300,
    301, 302, 304, 307, 400, 401, 403, 404, 405, 409, 411, 412, 416, 429, 451, 500, 503,
    511, 599, 999,
)  # fmt: skip
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "ETag": ('"x"', "x", "", '"', 'W/"x"', '"' + "x" * 3000 + '"', '"\xe9"', "\x1b[2J"),
    "Last-Modified": (
        MODIFIED,
        "",
        "yesterday",
        "Mon, 99 Jan 2024 99:99:99 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "0",
    ),
    "Content-Length": ("0", "1", "-1", "1e3", "99999999999999999999", "", "\xb2", "5, 5"),
    "Content-Type": ("audio/mpeg", "", ";", "text/html; charset=\xff", "x" * 3000, "image/jpeg\x1b[2J"),
    "Content-Range": ("bytes 0-0/250", "bytes */0", "bytes 0-0/*", "bytes 9-0/1", "lines 1-2/3", "bytes 0-0/\xb2"),
    "Content-Encoding": ("gzip", "br", "identity", "x", "gzip, gzip"),
    "Transfer-Encoding": ("chunked", "gzip", "x"),
    "Location": (
        "",
        "/feed.xml",
        "http://[",
        "http://127.0.0.1:99999/",
        "ftp://a/",
        "//",
        "\x1b[2J",
        "javascript:a",
    ),
    "Date": (MODIFIED, "", "never"),
    "Retry-After": ("0", "-1", "never"),
    "Access-Control-Allow-Origin": ("*", "", "null"),
    "x-amz-version-id": ("", "\xe9"),
    "x-amz-checksum-crc32": ("", "AAAAAA==", "?"),
}


@click.command()
@click.option("--cases", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=int, help="Run only this case.")
def main(cases: int, seed: int, only: int | None) -> None:
    """Run the cases. Exit 1 if one of them ends in a traceback."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "k",
        "PODCASTKIT_PATIENCE": "0",
        "NO_PROXY": "*",
    }
    outcomes: Counter[str] = Counter()
    for index in range(cases) if only is None else [only]:
        rng = Random(f"{seed}-{index}")  # noqa: S311 - repeatable, and not for secrets
        request = rng.choice(("verify", *STORAGE_CALLS))
        try:
            outcome = _run_case(request, rng)
        except PodcastkitError as error:
            outcome = type(error).__name__
            if not f"{error.message}{error.hint}".replace("\n", "").isprintable():
                outcome = "unprintable"
                click.echo(f"case {index}: {request}\n{error.message!r}\n")
        except Exception:  # noqa: BLE001 - any exception is a failure
            outcome = "exception"
            click.echo(f"case {index}: {request}\n{traceback.format_exc()}\n")
        outcomes[outcome] += 1
    click.echo(", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()))
    sys.exit(bool(outcomes["exception"] + outcomes["unprintable"]))


def _run_case(request: str, rng: Random) -> str:
    with run_server("http://127.0.0.1", lambda received: _make_answer(received, rng)) as url:
        if request == "verify":
            report = verify(f"{url}/feed.xml", timeout=5, deep=rng.random() < 0.5)
            is_printable = all(check.message.isprintable() and check.url.isprintable() for check in report.checks)
            return "reported" if is_printable else "unprintable"
        waiting = Waiting(bucket_retries=0)
        storage = S3Storage("b", endpoint_url=url, region="us-east-1", multipart_threshold=50, waiting=waiting)
        try:
            STORAGE_CALLS[request](storage)
        finally:
            close(storage)
    return "accepted"


def _make_answer(request: Request, rng: Random) -> Response:
    """Return an answer with some unusual headers, and usually with the headers of a valid one."""
    feed = make_feed(f"http://{request.headers.get('Host')}")
    body = rng.choice(
        (
            b"",
            b"x",
            PAGE,
            b"<a/>",
            b"<?xml",
            make_listing(),
            make_listing("<Key/>"),
            feed,
            feed,
            rng.randbytes(99),
        )
    )
    headers = {"Content-Length": str(len(body))}
    if rng.random() < 0.7:
        headers |= {"ETag": '"x"', "Last-Modified": MODIFIED}
    for name in rng.sample(sorted(_HEADERS), k=rng.choice((0, 1, 1, 2, 4))):
        headers[name] = rng.choice(_HEADERS[name])
    return Response(status=rng.choice(_STATUSES), headers=headers, body=b"" if request.method == "HEAD" else body)


if __name__ == "__main__":
    main()
