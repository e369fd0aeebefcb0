"""Fetch a public ETag from a store without credentials and without boto3.

Importing boto3 takes longer than this request.
"""

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


def fetch_etag(url: str, *, timeout: float) -> str | None:
    """Return the ETag of a public URL without its quotes, or None if the status is not 200 or the ETag is missing.

    `timeout` is in seconds and applies to the connection and to the response separately. If a proxy is configured
    for the URL, returns None without a request. Raises UnreachableError if the server does not respond.
    """
    try:
        address = urlsplit(url)
        return None if _uses_proxy(address) else _request_etag(address, timeout)
    except (OSError, ValueError, http.client.HTTPException) as error:
        place = url.partition("?")[0].rpartition("@")[2]
        raise UnreachableError(
            f"{place} cannot be reached", "check the network and the address, then try again"
        ) from error


def _uses_proxy(address: SplitResult) -> bool:
    variables = ("all_proxy", f"{address.scheme}_proxy")
    if not any(name.lower() in variables for name in os.environ):
        return False
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - slow to import, and rarely needed

    return bool(getproxies().keys() & {"all", address.scheme}) and not proxy_bypass(address.netloc)


def _request_etag(address: SplitResult, timeout: float) -> str | None:
    with contextlib.closing(_open_connection(address, timeout)) as connection:
        connection.request("HEAD", address.path or "/")
        response = connection.getresponse()
        etag = response.getheader("ETag") if response.status == HTTPStatus.OK else None
    return etag.removeprefix("W/").strip('"') if etag else None


def _open_connection(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(address.scheme)
    if address.scheme == "http":
        return http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    return http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout, context=trusted)
