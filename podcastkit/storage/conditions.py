"""Writes on a condition: in one step where the store keeps conditions, else by looking just before."""

from __future__ import annotations

import contextlib
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from botocore import exceptions as trouble

from podcastkit.diagnostics import ConflictError
from podcastkit.retry import retry_after_pauses
from podcastkit.storage.objects import ask, unquoted
from podcastkit.storage.refusals import code_of, is_not_implemented, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_s3 import S3Client

    from podcastkit.storage.base import Condition
    from podcastkit.storage.objects import Place

_NEVER_TRUE = ({"IfMatch": f'"{"0" * 32}"'}, {"IfNoneMatch": "*"})
"""Conditions that do not hold for an object that is there."""


class Attempt(Protocol):
    """A write that can be made again."""

    def make(self, demand: Mapping[str, str]) -> str:
        """Write, under botocore's IfMatch or IfNoneMatch, and return the ETag."""
        ...

    def own(self) -> str | None:
        """Return the ETag of what is stored, when that is what was to be written."""
        ...


class Conditions:
    """What is known of a store and its conditions. As long as nobody asked, it is taken to keep them.

    `pauses` (in seconds) precede each further try while two conditional writes to one key block each other.
    """

    def __init__(self, pauses: Sequence[float]) -> None:
        self.are_kept: bool | None = None
        self._pauses = pauses

    def carry_out(self, attempt: Attempt, client: S3Client, place: Place, condition: Condition | None) -> str:
        """Write on the condition, as well as the store can keep it, and return the ETag."""
        if condition is None:
            return attempt.make({})
        if self.are_kept is not False:
            with contextlib.suppress(_ConditionsUnknownError):
                return self._demanded(attempt, place, condition)
            self.are_kept = False
        # Backblaze B2 knows no conditions. Looking just before writing is the best that is left.
        look(client, place, condition)
        return attempt.make({})

    def _demanded(self, attempt: Attempt, place: Place, condition: Condition) -> str:
        try:
            return retry_after_pauses(partial(_try, attempt, place, condition), (_BlockedError,), self._pauses)
        except _BlockedError as error:
            raise _conflict(place, condition) from error


def look(client: S3Client, place: Place, condition: Condition) -> None:
    """Raise ConflictError when the condition does not hold."""
    found = ask(client, place)
    if (found and unquoted(found["ETag"])) != condition.etag:
        raise _conflict(place, condition)


def try_conditions(client: S3Client, request: Mapping[str, Any]) -> bool:
    """Tell whether a store keeps conditions: let it write what it has already, on some that do not hold.

    A store that overlooks them carries the request out, so nothing in it may be other than what is there.
    """
    return all(_is_refused(client, {**request, **demand}) for demand in _NEVER_TRUE)


class _ConditionsUnknownError(Exception):
    """The store does not implement conditional writes."""


class _BlockedError(Exception):
    """Another conditional write to the same key is under way."""


def _try(attempt: Attempt, place: Place, condition: Condition) -> str:
    demand = {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": f'"{condition.etag}"'}
    try:
        return attempt.make(demand)
    except trouble.ClientError as error:
        if is_not_implemented(error):
            raise _ConditionsUnknownError from error
        if _does_not_hold(error):
            # What stands in the way may be ours, when only the answer to a first try was lost.
            if error.response["ResponseMetadata"].get("RetryAttempts") and (etag := attempt.own()):
                return etag
            raise _conflict(place, condition) from error
        if status_of(error) == HTTPStatus.CONFLICT:
            raise _BlockedError from error
        raise


def _does_not_hold(error: trouble.ClientError) -> bool:
    # Amazon says NoSuchKey when what should match is gone.
    return status_of(error) == HTTPStatus.PRECONDITION_FAILED or code_of(error) == "NoSuchKey"


def _is_refused(client: S3Client, request: dict[str, Any]) -> bool:
    try:
        client.put_object(**request)
    except trouble.ClientError as error:
        if is_not_implemented(error):
            return False
        if _does_not_hold(error) or status_of(error) == HTTPStatus.CONFLICT:
            return True
        raise
    return False


def _conflict(place: Place, condition: Condition) -> ConflictError:
    what = "is there already" if condition.etag is None else "has changed since it was read"
    return ConflictError(f"{place} {what}", "somebody else may be publishing: look at it, then publish again")
