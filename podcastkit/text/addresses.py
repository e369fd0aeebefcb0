"""Validate URLs, e-mail addresses, file names and destinations."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from podcastkit.diagnostics import StorageError
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_BUCKET = re.compile(r"s3://[A-Za-z0-9][A-Za-z0-9._-]{1,254}(?:/[A-Za-z0-9._-]+)*")
# RFC 3986, section 2: the reserved characters, and % because a URL may already be percent-encoded.
_ALLOWED_IN_URLS = "%:/?#[]@!$&'()*+,;=-._~"
_FILE_NAME = re.compile(r"^[^/]*\.(?:jpe?g|png|gif|webp|svg|html?|pdf|mp3|m4a|wav)$", re.IGNORECASE)
"""Text that is a file name, although it looks like a host name."""
_MAX_PATH_LENGTH = 1024
"""The maximum path length in characters, which is the limit of macOS."""
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_url(written: str) -> str | Problem:
    """Check an http or https URL and return it without surrounding spaces.

    The URL must be ASCII, and must not contain a user name or password.
    """
    url = written.strip()
    if not url.isprintable() or " " in url:
        return Problem(
            f"{quote(url)} contains a space or an invisible character", "remove it, or write %20 for a space"
        )
    if not url.lower().startswith(("http://", "https://")):
        return Problem(f"{quote(url)} is not a web address", _suggest_https(url))
    # The third part of `https://host/path` is the host, with a user name and password before an @.
    if "@" in re.split("[/?#]", url)[2]:
        return Problem("a web address must not contain a user name or password", "remove the text before the @")
    encoded = encode_url(url)
    if encoded is None:
        return Problem(f"{quote(url)} does not have a valid host name", "write it as https://example.org/…")
    if encoded != url:
        return Problem(
            f"{quote(url)} contains characters that are not allowed in a web address", f"write {encoded}"
        )
    return url


def is_plain_http(url: str) -> bool:
    """Return whether a URL uses unencrypted http and does not point to this machine."""
    return urlsplit(url).scheme == "http" and not is_local(url)


def parse_public_url(written: str) -> str | Problem:
    """Check the public base URL of a show and return it without trailing slashes.

    The URL must not have a query or a fragment, or be the address of a feed file.
    """
    url = parse_url(written)
    if isinstance(url, Problem):
        return url
    base = re.split("[?#]", url)[0].rstrip("/")
    if "?" in url or "#" in url:
        return Problem(f"{quote(url)} must not contain ? or #", f"write {base}")
    if base.lower().endswith(".xml"):
        folder = base.rpartition("/")[0]
        return Problem(f"{quote(url)} is the address of a feed, not of its folder", f"write {folder}")
    return base


def parse_prefix(written: str) -> str | Problem:
    """Check the URL prefix of a download statistics service and return the prefix.

    In the feed, the prefix is before the URL of each media file, so that the service can count downloads.
    """
    url = parse_url(written)
    if isinstance(url, Problem):
        return url
    prefix = re.split("[?#]", url)[0].rstrip("/") + "/"
    if is_plain_http(url):
        return Problem(
            f"{quote(url)} is not encrypted, and apps refuse unencrypted audio", f"write https{prefix[4:]}"
        )
    if url != prefix:
        return Problem(f"{quote(url)} must end in one slash and must not contain ? or #", f"write {prefix}")
    return url


def parse_email(written: str) -> str | Problem:
    """Check an ASCII e-mail address without a display name, and return the address without surrounding spaces."""
    if _EMAIL.fullmatch(written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not an e-mail address", "write it as team@example.org")


def parse_file_name(written: str) -> str | Problem:
    """Check the relative path of a file and return the path. A path that leads out of the folder is a problem."""
    name = written.strip()
    if not name.isprintable():
        return Problem(
            f"{quote(name)} contains an invisible character", "copy the name of the file from its folder"
        )
    if len(name) > _MAX_PATH_LENGTH:
        return Problem(f"{quote(name)} is too long for a file name", "copy the name of the file from its folder")
    path = PurePosixPath(name)
    if "\\" in name:
        return Problem(f"{quote(name)} contains a backslash", "write / between folder and file")
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:|.*://", name):
        return Problem(f"{quote(name)} is not inside this folder", "put the file in this folder and write its name")
    return name


def parse_destination(written: str) -> str | Problem:
    """Check and return a destination: a folder, or `s3://bucket/prefix` without trailing slashes."""
    destination = written.strip()
    if not destination.isprintable():
        return Problem(
            f"{quote(destination)} contains an invisible character", "delete the value and type it again"
        )
    if not _SCHEME.match(destination):
        return destination
    if "@" in destination:
        return Problem("an address must not contain keys or passwords", 'write "s3://bucket/prefix"')
    if not _BUCKET.fullmatch(destination.rstrip("/")):
        return Problem(
            f"{quote(destination)} is neither a folder nor a bucket",
            'write "public", or "s3://bucket/prefix" with letters, digits, dots, hyphens and underscores',
        )
    return destination.rstrip("/")


def _suggest_https(url: str) -> str:
    is_host = "." in url.partition("/")[0] and ":" not in url and not _FILE_NAME.search(url)
    encoded = encode_url(f"https://{url}") if is_host else None
    return f"write {encoded}" if encoded else "write it as https://example.org/…"


def encode_url(url: str) -> str | None:
    """Return a URL in ASCII: the host in Punycode, the rest percent-encoded. Return None for an invalid host."""
    try:
        parts = urlsplit(url)
        # A host in brackets is an IPv6 address, which is always ASCII.
        if not parts.netloc.isascii() and re.search(r"[\[\]]", parts.netloc):
            return None
        host = _encode_host(parts.hostname or "")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return None
    if not _HOST.fullmatch(host):
        return None
    netloc_start = url.index("://") + 3
    path = percent_encode(url[netloc_start + len(parts.netloc) :], safe=_ALLOWED_IN_URLS)
    netloc = parts.netloc if parts.netloc.isascii() else host + port
    return url[:netloc_start] + netloc + _BROKEN_PERCENT.sub("%25", path)


def _encode_host(host: str) -> str:
    """Return a host in ASCII as browsers do (UTS #46): ß stays a separate letter and does not become ss."""
    labels = unicodedata.normalize("NFKC", host.lower()).split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def parse_address(url: str) -> str:
    """Check a public base URL as `parse_public_url` does; raise StorageError if the URL is not valid."""
    address = parse_public_url(url)
    if isinstance(address, Problem):
        raise StorageError(f"the url is not valid: {address.message}", address.hint)
    return address


_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def is_local(url: str) -> bool:
    """Return whether a URL points to this machine."""
    return urlsplit(url).hostname in _LOCAL_HOSTS
