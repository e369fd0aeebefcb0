"""Web addresses, e-mail addresses and names of files: texts that programs will follow."""

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
# RFC 3986, section 2: the reserved characters, and % for what is encoded already.
_ALLOWED_IN_URLS = "%:/?#[]@!$&'()*+,;=-._~"
_FILE_NAME = re.compile(r"^[^/]*\.(?:jpe?g|png|gif|webp|svg|html?|pdf|mp3|m4a|wav)$", re.IGNORECASE)
_LONGEST_NAME = 1024
"""Characters of a path; macOS allows no more, and no file is a thousand folders deep."""
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_url(written: str) -> str | Problem:
    """Read an http or https address in ASCII, without user name or password; it is returned as it stands."""
    url = written.strip()
    if not url.isprintable() or " " in url:
        return Problem(
            f"{quote(url)} holds a space or an invisible character", "remove it, or write %20 for a space"
        )
    if not url.lower().startswith(("http://", "https://")):
        return Problem(f"{quote(url)} is not a web address", _suggest_https(url))
    if "@" in re.split("[/?#]", url)[2]:
        return Problem("a web address must not hold a user name or password", "remove what stands before the @")
    encoded = encode_url(url)
    if encoded is None:
        return Problem(f"{quote(url)} names no host that can be reached", "write it as https://example.org/…")
    if encoded != url:
        return Problem(f"{quote(url)} holds characters that a web address cannot hold", f"write {encoded}")
    return url


def is_plain_http(url: str) -> bool:
    """Tell whether an address that `parse_url` returned is fetched unencrypted, and not from this machine."""
    return urlsplit(url).scheme == "http" and not is_local(url)


def parse_public_url(written: str) -> str | Problem:
    """Read the address below which a show is fetched: no query, no fragment; a slash at its end is removed."""
    url = parse_url(written)
    if isinstance(url, Problem):
        return url
    start = re.split("[?#]", url)[0].rstrip("/")
    if "?" in url or "#" in url:
        return Problem(f"{quote(url)} must not hold ? or #", f"write {start}")
    if start.lower().endswith(".xml"):
        place = start.rpartition("/")[0]
        return Problem(f"{quote(url)} is a feed, not the place where it lies", f"write {place}")
    return start


def parse_prefix(written: str) -> str | Problem:
    """Read what stands before the address of each media file, so that a service can count downloads."""
    url = parse_url(written)
    if isinstance(url, Problem):
        return url
    start = re.split("[?#]", url)[0].rstrip("/") + "/"
    if is_plain_http(url):
        return Problem(f"{quote(url)} is not encrypted, and apps refuse such audio", f"write https{start[4:]}")
    if url != start:
        return Problem(f"{quote(url)} must end in one slash and hold no ? or #", f"write {start}")
    return url


def parse_email(written: str) -> str | Problem:
    """Read an e-mail address in ASCII, without a name."""
    if _EMAIL.fullmatch(written.strip()):
        return written.strip()
    return Problem(f"{quote(written)} is not an e-mail address", "write it as team@example.org")


def parse_file_name(written: str) -> str | Problem:
    """Read the path of a file inside the folder; it cannot lead out of it."""
    name = written.strip()
    if not name.isprintable():
        return Problem(f"{quote(name)} holds an invisible character", "write the name as the folder shows it")
    if len(name) > _LONGEST_NAME:
        return Problem(f"{quote(name)} is too long for the name of a file", "write the name as the folder shows it")
    path = PurePosixPath(name)
    if "\\" in name:
        return Problem(f"{quote(name)} holds a backslash", "write / between folder and file")
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:|.*://", name):
        return Problem(
            f"{quote(name)} is not inside this folder", "put the file into the folder and write its name"
        )
    return name


def parse_destination(written: str) -> str | Problem:
    """Read where to publish: a folder, or `s3://bucket/prefix`; a slash at its end is removed."""
    to = written.strip()
    if not to.isprintable():
        return Problem(f"{quote(to)} holds an invisible character", "write the name as the folder shows it")
    if not _SCHEME.match(to):
        return to
    if "@" in to:
        return Problem("an address must not hold keys or passwords", 'write "s3://bucket/prefix"')
    if not _BUCKET.fullmatch(to.rstrip("/")):
        return Problem(
            f"{quote(to)} is neither a folder nor a bucket",
            'write "public", or "s3://bucket/prefix" with letters, digits, dots, hyphens and underscores',
        )
    return to.rstrip("/")


def _suggest_https(url: str) -> str:
    is_host = "." in url.partition("/")[0] and ":" not in url and not _FILE_NAME.search(url)
    encoded = encode_url(f"https://{url}") if is_host else None
    return f"write {encoded}" if encoded else "write it as https://example.org/…"


def encode_url(url: str) -> str | None:
    """Return the address in ASCII: the host by IDNA, the rest in percent signs; None when it names no host."""
    try:
        parts = urlsplit(url)
        if not parts.netloc.isascii() and re.search(r"[\[\]]", parts.netloc):
            return None
        host = _encode_host(parts.hostname or "")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return None
    if not _HOST.fullmatch(host):
        return None
    start = url.index("://") + 3
    rest = percent_encode(url[start + len(parts.netloc) :], safe=_ALLOWED_IN_URLS)
    netloc = parts.netloc if parts.netloc.isascii() else host + port
    return url[:start] + netloc + _BROKEN_PERCENT.sub("%25", rest)


def _encode_host(host: str) -> str:
    """Return a host in ASCII as browsers write it (UTS #46), where ß is a letter of its own."""
    labels = unicodedata.normalize("NFKC", host.lower()).split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def parse_address(url: str) -> str:
    """Return a public address without a slash at its end; raise StorageError for one that cannot be fetched."""
    parsed = parse_public_url(url)
    if isinstance(parsed, Problem):
        raise StorageError(f"the url cannot be used: {parsed.message}", parsed.hint)
    return parsed


_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def is_local(url: str) -> bool:
    """Tell whether an address is this machine's own."""
    return urlsplit(url).hostname in _LOCAL_HOSTS
