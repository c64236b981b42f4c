"""Errors as RFC 9457 problem documents, for the API."""

import logging
from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from psycopg.errors import (
    DeadlockDetected,
    ForeignKeyViolation,
    LockNotAvailable,
    UniqueViolation,
)
from rest_framework import exceptions
from rest_framework.response import Response

from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible
from governance.web.identity import Unauthenticated
from governance.web.refusals import refusal_text

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
LONGEST_TEXT, MOST_ERRORS = 500, 200


class Busy(Conflict):
    """Somebody else is writing the same rows; nothing was changed, try again."""

    code = "busy"
    retry_after = 1


class TooManyCalls(DomainError):
    """One caller has used up this minute's calls."""

    status = 429
    code = "throttled"
    title = _("Too many calls")

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooLarge(DomainError):
    """The body is larger than this address takes."""

    status = 413
    code = "too_large"
    title = _("Too large")


class BadRequest(DomainError):
    """The request itself cannot be understood."""

    status = 400
    code = "bad_request"
    title = _("Not understood")


class Malformed(BadRequest):
    """The body is not JSON as we take it."""

    code = "malformed_body"

    def __init__(self, reason: StrOrPromise = "") -> None:
        super().__init__(detail=reason, errors={"body": [reason]} if reason else {})


class NoSuchMethod(DomainError):
    """The address exists and does something else."""

    status = 405
    code = "method_not_allowed"
    title = _("Not possible at this address")


class NotAcceptable(DomainError):
    """The caller accepts no representation that we have."""

    status = 406
    code = "not_acceptable"
    title = _("No such representation")


class LengthRequired(DomainError):
    """A body of unannounced length would be read as no body at all."""

    status = 411
    code = "length_required"
    title = _("The length is missing")


class UnknownMediaType(DomainError):
    """The body is something else than JSON."""

    status = 415
    code = "unsupported_media_type"
    title = _("Not JSON")


class InternalError(DomainError):
    """An error of ours; its details are in the log under the request's id."""

    status = 500
    code = "internal_error"
    title = _("Something went wrong on our side")


class Unavailable(DomainError):
    """The database does not answer; whoever asks again in a moment may find it back."""

    status = 503
    code = "unavailable"
    title = _("Not available right now")
    retry_after = 5


# SQLSTATE of connections that broke or were refused, of too many of them, and of a server that is
# being stopped or started. Where nobody was there to name one, it is missing.
AWAY_STATES = ("08", "53300", "57P01", "57P02", "57P03")
LOCK_ERRORS = (LockNotAvailable, DeadlockDetected)
STANDS_FOR: tuple[tuple[type[Exception], type[DomainError]], ...] = (
    (Http404, NotVisible),
    (PermissionDenied, Forbidden),
    (RequestDataTooBig, TooLarge),
    (TooManyFieldsSent, TooLarge),
    (SuspiciousOperation, BadRequest),
    (UnreadablePostError, BadRequest),
    (exceptions.NotAuthenticated, Unauthenticated),
    (exceptions.MethodNotAllowed, NoSuchMethod),
    (exceptions.NotAcceptable, NotAcceptable),
    (exceptions.UnsupportedMediaType, UnknownMediaType),
    (exceptions.ParseError, Malformed),
    (exceptions.NotFound, NotVisible),
)
GONE_MEANWHILE = (ForeignKeyViolation, UniqueViolation)


def translated(error: Exception) -> DomainError | None:
    """The refusal that an exception stands for; None if it is an error of ours."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return Invalid(flat_errors(error.detail))
    if isinstance(error, exceptions.PermissionDenied):
        return Forbidden("csrf")  # raised by DRF for this one reason, see ActorAuthentication
    if isinstance(error, DatabaseError):
        return _by_others(error)
    return next((ours() for theirs, ours in STANDS_FOR if isinstance(error, theirs)), None)


def _by_others(error: DatabaseError) -> DomainError | None:
    """What somebody else's simultaneous writing does to ours, or a database that is away."""
    cause = error.__cause__
    if is_away(error):
        return Unavailable()
    if isinstance(cause, LOCK_ERRORS):
        return Busy()
    if isinstance(cause, GONE_MEANWHILE):
        logger.warning("a write met a constraint after its checks", exc_info=error)
        return Conflict()
    return None


def is_away(error: BaseException | None) -> bool:
    """Whether an error says that the database cannot be reached, not that it refused something."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(AWAY_STATES)


def problem(error: DomainError, request: HttpRequest) -> dict[str, Any]:
    """The body of a problem document; `errors` maps fields to lists of texts."""
    return {
        "type": f"urn:tollgate:problem:{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": _shown(refusal_text(error)),
        "code": error.code,
        "errors": {
            _shown(field): [_shown(message) for message in messages]
            for field, messages in islice(error.errors.items(), MOST_ERRORS)
        },
        "request_id": getattr(request, "request_id", ""),
    }


def _shown(text: object) -> str:
    """A text as it can be answered: what was sent may be endless or not be Unicode at all."""
    return str(text)[:LONGEST_TEXT].encode(errors="backslashreplace").decode()


def problem_headers(error: DomainError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="tollgate"'
    if isinstance(error, Busy | TooManyCalls | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    return headers


def problem_response(error: DomainError, request: HttpRequest) -> JsonResponse:
    """A problem document outside DRF: from the middleware and the error handlers."""
    return JsonResponse(
        problem(error, request),
        status=error.status,
        content_type=CONTENT_TYPE,
        headers=problem_headers(error),
    )


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: rolls the request back and answers with a problem document."""
    request = context["request"]._request
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        transaction.set_rollback(True)
    domain = translated(error)
    if domain is None:
        return None
    return Response(
        problem(domain, request),
        status=domain.status,
        content_type=CONTENT_TYPE,
        headers=problem_headers(domain),
    )


def flat_errors(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested serializer errors as dotted fields: `cells.2026-01`."""
    if isinstance(detail, Mapping):
        flat: dict[str, list[str]] = {}
        for field, inner in detail.items():
            flat |= flat_errors(inner, f"{prefix}.{field}" if prefix else str(field))
        return flat
    if isinstance(detail, list) and any(isinstance(item, Mapping) for item in detail):
        return flat_errors(dict(enumerate(detail)), prefix)
    texts = detail if isinstance(detail, list) else [detail]
    return {prefix or "body": [str(text) for text in texts]} if texts else {}
