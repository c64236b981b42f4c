"""Error pages for people: refusals, missing pages, and errors of ours."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from governance.errors import DomainError, Forbidden, NotVisible, Stale
from governance.web.identity import is_api
from governance.web.problems import (
    BadRequest,
    InternalError,
    Unavailable,
    is_away,
    problem_headers,
    problem_response,
    translated,
)
from governance.web.refusals import refusal_text

TEMPLATES = {400: "400", 403: "403", 404: "404", 409: "409", 412: "409", 503: "503"}


def refusal_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal as a page; what was typed stays in the browser's history to go back to.

    A stale version answers 409 here: 412 speaks of a header that a form does not send.
    """
    status = HTTPStatus.CONFLICT if isinstance(error, Stale) else HTTPStatus(error.status)
    name = TEMPLATES.get(status, "400" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "500")
    context = {"error": error, "reason": refusal_text(error), "errors": error.errors}
    response = render(request, f"errors/{name}.html", context, status=status)
    if isinstance(error, Unavailable):
        for header, value in problem_headers(error).items():
            response[header] = value
    return response


def _answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_response(error, request) if is_api(request) else refusal_page(request, error)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, translated(exception) or BadRequest())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    is_cut = is_api(request) and not request.path.endswith("/")
    hint = _("Addresses of this API end with a slash.") if is_cut else ""
    return _answer(request, NotVisible(detail=hint))


def server_error(request: HttpRequest) -> HttpResponse:
    """An error of ours; 503 where the database is away, which sessions and sign-in meet first."""
    if is_away(sys.exc_info()[1]):
        return _answer(request, Unavailable())
    error = InternalError()
    if is_api(request):
        return problem_response(error, request)
    return render(request, "errors/500.html", {"error": error}, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _answer(request, Forbidden("csrf"))
