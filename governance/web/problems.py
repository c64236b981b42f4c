"""Errors as RFC 9457 problem documents, for the API."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, JsonResponse
from psycopg.errors import DeadlockDetected, LockNotAvailable
from rest_framework import exceptions
from rest_framework.response import Response

from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible
from governance.web.refusals import refusal_text

CONTENT_TYPE = "application/problem+json"
BUSY_SECONDS = 1


class Busy(Conflict):
    """Somebody else is writing the same rows; nothing was changed, try again."""

    code = "busy"


class TooLarge(DomainError):
    """The body is larger than this address takes."""

    status = 413
    code = "too_large"


class BadRequest(DomainError):
    """The request itself cannot be understood."""

    status = 400
    code = "bad_request"


LOCK_ERRORS = (LockNotAvailable, DeadlockDetected)
STANDS_FOR: tuple[tuple[type[Exception], type[DomainError]], ...] = (
    (Http404, NotVisible),
    (PermissionDenied, Forbidden),
    (RequestDataTooBig, TooLarge),
    (TooManyFieldsSent, TooLarge),
    (SuspiciousOperation, BadRequest),
)


def translated(error: Exception) -> DomainError | None:
    """The refusal that an exception stands for; None if it is an error of ours."""
    if isinstance(error, DomainError):
        return error
    cause = error.__cause__
    if isinstance(error, OperationalError) and isinstance(cause, LOCK_ERRORS):
        return Busy()
    return next((ours() for theirs, ours in STANDS_FOR if isinstance(error, theirs)), None)


def problem(error: DomainError, request: HttpRequest) -> dict[str, Any]:
    """The body of a problem document; `errors` maps fields to lists of texts."""
    text = refusal_text(error)
    return {
        "type": f"urn:tollgate:problem:{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": text,
        "code": error.code,
        "errors": {
            field: [str(message) for message in messages]
            for field, messages in error.errors.items()
        },
        "request_id": getattr(request, "request_id", ""),
    }


def problem_headers(error: DomainError) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if error.status == 401:  # noqa: PLR2004  # the status is the fact
        headers["WWW-Authenticate"] = 'Bearer realm="tollgate"'
    if isinstance(error, Busy):
        headers["Retry-After"] = str(BUSY_SECONDS)
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
    domain = translated(error) or _from_drf(error)
    if domain is None:
        return None
    response = Response(
        problem(domain, request),
        status=domain.status,
        content_type=CONTENT_TYPE,
        headers=problem_headers(domain),
    )
    wait = getattr(error, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _from_drf(error: Exception) -> DomainError | None:
    if isinstance(error, exceptions.ValidationError):
        return Invalid(flat_errors(error.detail))
    if not isinstance(error, exceptions.APIException):
        return None
    domain = DomainError(_code_of(error), str(error.detail))
    domain.status = error.status_code  # type: ignore[misc]  # one instance, not the class
    return domain


def _code_of(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


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
