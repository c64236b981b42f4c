"""The base of API views: the actor, versions by ETag, idempotent POST, and pages of lists."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from governance.errors import DomainError, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import TokenScope
from governance.tenancy.models import Tenant
from governance.web.models import IdempotencyKey
from governance.web.negotiation import HeaderNegotiation
from governance.web.pages import Order, keyset_page
from governance.web.problems import LengthRequired
from governance.web.services import Claim, answer_keep, fingerprint_of, kept_body, key_claim

M = TypeVar("M", bound=Model)
ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')
ERROR_FROM = 400
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
KEPT_HEADERS = ("ETag", "Location")


class PreconditionRequired(DomainError):
    """A change must say which version it has seen."""

    status = 428
    code = "precondition_required"
    title = _("The version is missing")


class PreconditionFailed(DomainError):
    """If-Match names no version of ours."""

    status = 412
    code = "stale"
    title = _("No such version")


class _Replay(Exception):  # not an error: the answer of the first call
    def __init__(self, row: IdempotencyKey) -> None:
        self.row = row


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is shown: its order, the checked filters, and rows to representations."""

    order: Order
    filters: dict[str, Any]
    bodies: Callable[[list[Any]], Iterable[dict[str, Any]]]


class ApiView(APIView):
    """One resource of one tenant. The middleware has opened the transaction and said who acts."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head", "options"]
    content_negotiation_class = HeaderNegotiation
    idempotency: IdempotencyKey | None = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        # A redirect to the address with a slash would turn a POST into a GET.
        view.should_append_slash = False  # type: ignore[attr-defined]  # read by CommonMiddleware
        return view

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request._request.actor  # type: ignore[attr-defined]  # set by the middleware
        return actor

    @property
    def tenant(self) -> Tenant:
        tenant: Tenant = self.request._request.tenant  # type: ignore[attr-defined]  # set by the middleware
        return tenant

    def seen_version(self) -> int:
        """The version in If-Match, weak or strong; 428 without it, 412 if it is none of ours."""
        header = self.request.headers.get("If-Match", "").strip()
        if not header:
            raise PreconditionRequired
        match = ETAG.match(header)
        if match is None:
            raise PreconditionFailed
        return int(match.group(1))

    def parsed(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked; raises field errors."""
        bound = serializer(data=self.request.data, partial=partial, context={"view": self})
        bound.is_valid(raise_exception=True)
        data: dict[str, Any] = bound.validated_data
        return data

    def filters(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The query string, checked; an unknown filter is a field error, an empty one is none."""
        given = self.request.query_params
        repeated = [name for name in given if len(given.getlist(name)) > 1]
        if repeated:
            raise Invalid({name: [_("Give this filter once.")] for name in repeated})
        bound = serializer(context={"view": self})
        bound.initial_data = {
            name: text for name, text in given.items() if text or name not in bound.fields
        }
        bound.is_valid(raise_exception=True)
        data: dict[str, Any] = bound.validated_data
        return data

    def answer(
        self, data: dict[str, Any], *, status: int = 200, location: str | None = None
    ) -> Response:
        """One representation; its version is its ETag."""
        headers = {"ETag": f'"{data["version"]}"'} if "version" in data else {}
        if location is not None:
            headers["Location"] = self.request.build_absolute_uri(location)
        return Response(data, status=status, headers=headers)

    def page_of(self, rows: QuerySet[M], listing: Listing) -> Response:
        """A page of rows, with the addresses of its neighbours."""
        cursor, limit = listing.filters.get("cursor", ""), listing.filters.get("limit", 0)
        page = keyset_page(rows, order=listing.order, cursor=cursor, limit=limit)
        return Response(
            {
                "results": list(listing.bodies(page.rows)),
                "next": self._link(page.next),
                "previous": self._link(page.previous),
            }
        )

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # DRF's request wraps Django's
        """What this address does, in the header Allow."""
        return Response(status=204)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS:
            return
        scopes = self.actor.token_scopes
        if scopes is not None and TokenScope.WRITE not in scopes:
            raise Forbidden("token_read_only")
        if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
            raise LengthRequired
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key:
            self._claim(key)

    def _claim(self, key: str) -> None:
        fingerprint = fingerprint_of(self.request.path, self.request.data)
        self.take_claim(key_claim(key=key, fingerprint=fingerprint, by=self.actor))

    def take_claim(self, claim: Claim) -> None:
        """Do the work of a first call, or answer a later one as the first was answered."""
        if not claim.is_first:
            raise _Replay(claim.row)
        self.idempotency = claim.row

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            row = exc.row
            return Response(kept_body(row), status=row.status, headers=row.headers)
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        if self.idempotency is not None and response.status_code < ERROR_FROM:
            headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
            answer_keep(
                row=self.idempotency,
                status=response.status_code,
                body=response.data,
                headers=headers,
            )
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(answer, ["Authorization"])
        return answer
