"""Request ids, and the transaction in which every request of a tenant lives."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from governance.errors import DomainError, NotVisible
from governance.people.selectors import tenants_of
from governance.text import has_control_characters
from governance.web import logs
from governance.web.errors import refusal_page
from governance.web.identity import Identity, Unauthenticated, identified, is_api, slug_in
from governance.web.language import language_for
from governance.web.problems import TooManyCalls, problem_response, translated
from governance.web.throttles import count_call

GetResponse = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
ERROR_FROM = 400


class RequestIdMiddleware:
    """Gives every request an id, or keeps the caller's, and answers with it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # typed by TenantRequest
        with logs.bound(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class TenantMiddleware:
    """Opens the transaction, sets the tenant, says who acts; any error answer rolls it back.

    A view's exception becomes a response before an outer `atomic()` sees it, and half a write
    would stay; so every answer of 400 and above ends in a rollback.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        slug = slug_in(request.path)
        if slug is None:
            return self.get_response(request)
        try:
            _admit(request)
            with identified(request, slug) as identity, _at_home(request, identity):
                return self._answer(request, identity)
        except Unauthenticated as error:
            if is_api(request):
                return problem_response(error, request)
            return redirect_to_login(request.get_full_path())
        except (NotVisible, TooManyCalls) as error:
            return refusal_answer(request, error)

    def _answer(self, request: HttpRequest, identity: Identity) -> HttpResponseBase:
        request.tenant = identity.tenant  # type: ignore[attr-defined]  # typed by TenantRequest
        request.actor = identity.actor  # type: ignore[attr-defined]  # typed by TenantRequest
        request.unread = identity.unread  # type: ignore[attr-defined]  # typed by TenantRequest
        user_id = identity.actor.user_id
        is_page = not is_api(request) and user_id is not None
        request.tenants = tenants_of(user_id) if is_page and user_id else []  # type: ignore[attr-defined]  # typed by TenantRequest
        tenant, actor = identity.tenant, identity.actor
        with logs.bound(tenant=tenant.slug, tenant_id=tenant.pk, actor=actor.email):
            response = self.get_response(request)
        response["Content-Language"] = translation.get_language()
        if response.status_code >= ERROR_FROM:
            transaction.set_rollback(True)
        # A tenant's pages belong to one person: no cache in between may keep them.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            # The transaction ends with this block; a stream would read after it. A file on disk
            # needs no transaction, and may be larger than memory.
            response.streaming_content = list(response.streaming_content)  # type: ignore[arg-type]  # never async here
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Translate refusals of the services; anything else stays an error of ours (500)."""
        error = translated(exception)
        if slug_in(request.path) is not None and transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return refusal_answer(request, error) if error is not None else None


@contextmanager
def _at_home(request: HttpRequest, identity: Identity) -> Iterator[None]:
    """The language of the person and the tenant's time zone: what "today" means for them."""
    language = language_for(request, identity.tenant)
    with translation.override(language), timezone.override(identity.tenant.time_zone):
        yield


def _admit(request: HttpRequest) -> None:
    """What is settled before anything is looked up; raises `NotVisible`, `TooManyCalls`."""
    if has_control_characters(request.path):
        raise NotVisible
    if is_api(request):
        count_call(request)


def refusal_answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A problem document for the API, a page or a fragment for people."""
    return problem_response(error, request) if is_api(request) else refusal_page(request, error)
