"""A question to a store without keys and without boto3, which takes longer to import than the answer to come."""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from podcastkit.diagnostics import UnreachableError

if TYPE_CHECKING:
    from urllib.parse import SplitResult


def etag_of(url: str, *, timeout: float) -> str | None:
    """Return the ETag of what anybody may read at the address, without its quotes, or None for any other answer.

    `timeout` is in seconds, for the connection and for the answer each. Behind a proxy nothing is asked.
    Raises UnreachableError when no answer comes.
    """
    try:
        address = urlsplit(url)
        return None if _goes_by_proxy(address) else _asked(address, timeout)
    except (OSError, ValueError, http.client.HTTPException) as error:
        place = url.partition("?")[0].rpartition("@")[2]
        raise UnreachableError(
            f"{place} cannot be reached", "check the network and the address, then try again"
        ) from error


def _goes_by_proxy(address: SplitResult) -> bool:
    names = ("all_proxy", f"{address.scheme}_proxy")
    if not any(name.lower() in names for name in os.environ):
        return False
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - slow, and seldom needed

    return bool(getproxies().keys() & {"all", address.scheme}) and not proxy_bypass(address.netloc)


def _asked(address: SplitResult, timeout: float) -> str | None:
    with contextlib.closing(_connected(address, timeout)) as connection:
        connection.request("HEAD", address.path or "/")
        answer = connection.getresponse()
        etag = answer.getheader("ETag") if answer.status == HTTPStatus.OK else None
    return etag.removeprefix("W/").strip('"') if etag else None


def _connected(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(address.scheme)
    if address.scheme == "http":
        return http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    return http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout, context=trusted)
