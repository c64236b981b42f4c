"""The base of API views: the actor, versions by ETag, idempotent POST, and pages of lists."""

import hashlib
import json
import re
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from governance.errors import DomainError, Invalid
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.web.models import IdempotencyKey
from governance.web.pages import Order, Page, keyset_page

M = TypeVar("M", bound=Model)
ETAG = re.compile(r'^(?:W/)?"(\d{1,9})"$')
KEY_LENGTH = 200
ERROR_FROM = 400


class PreconditionRequired(DomainError):
    """A change must say which version it has seen."""

    status = 428
    code = "precondition_required"


class PreconditionFailed(DomainError):
    """If-Match names no version of ours."""

    status = 412
    code = "stale"


class _Replay(Exception):  # not an error: the answer of the first call
    def __init__(self, row: IdempotencyKey) -> None:
        self.row = row


class ApiView(APIView):
    """One resource of one tenant. The middleware has opened the transaction and said who acts."""

    idempotency: IdempotencyKey | None = None

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
        """The query string, checked; an unknown filter is a field error, never ignored."""
        given = self.request.query_params
        repeated = [name for name in given if len(given.getlist(name)) > 1]
        if repeated:
            raise Invalid({name: ["Give this filter once."] for name in repeated})
        bound = serializer(data=given.dict(), context={"view": self})
        bound.is_valid(raise_exception=True)
        data: dict[str, Any] = bound.validated_data
        return data

    def answer(self, data: dict[str, Any], *, status: int = 200) -> Response:
        """One representation; its version is its ETag."""
        headers = {"ETag": f'"{data["version"]}"'} if "version" in data else {}
        return Response(data, status=status, headers=headers)

    def page_of(
        self, rows: QuerySet[M], *, order: Order, filters: dict[str, Any]
    ) -> tuple[Page[M], dict[str, str | None]]:
        """A page of rows, and the addresses of its neighbours."""
        page = keyset_page(
            rows, order=order, cursor=filters.get("cursor", ""), limit=filters.get("limit", 0)
        )
        return page, {"next": self._link(page.next), "previous": self._link(page.previous)}

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and key:
            self.idempotency = self._claim(key)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, _Replay):
            self.idempotency = None
            row = exc.row
            return Response(row.body, status=row.status, headers=row.headers)
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        if self.idempotency is not None and response.status_code < ERROR_FROM:
            self._remember(self.idempotency, response)
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        return answer

    def _claim(self, key: str) -> IdempotencyKey:
        """Insert the key first: a second caller waits on it, then gets the first answer again."""
        if len(key) > KEY_LENGTH or not key.isprintable():
            raise Invalid({"Idempotency-Key": [f"At most {KEY_LENGTH} printable characters."]})
        caller = self._caller()
        fingerprint = self._fingerprint()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {IdempotencyKey._meta.db_table} "  # noqa: S608  # our own table name
                "(tenant_id, caller, key, fingerprint, headers) VALUES (%s, %s, %s, %s, '{}') "
                "ON CONFLICT (tenant_id, caller, key) DO UPDATE "
                "SET fingerprint = excluded.fingerprint, status = NULL, created_at = now() "
                f"WHERE {IdempotencyKey._meta.db_table}.created_at < now() - interval '24 hours' "
                "RETURNING id",
                [active_tenant_id(), caller, key, fingerprint],
            )
            is_first = cursor.fetchone() is not None
        row: IdempotencyKey = IdempotencyKey.objects.get(caller=caller, key=key)
        if is_first:
            return row
        if row.fingerprint != fingerprint:
            raise DomainError("idempotency_key_reused")
        raise _Replay(row)

    def _caller(self) -> str:
        actor = self.actor
        return f"token:{actor.token_id}" if actor.token_id else f"member:{actor.membership_id}"

    def _fingerprint(self) -> str:
        body = json.dumps(self.request.data, sort_keys=True, default=str)
        return hashlib.sha256(f"{self.request.path}\n{body}".encode()).hexdigest()

    def _remember(self, row: IdempotencyKey, response: Response) -> None:
        row.status, row.body = response.status_code, json.loads(json.dumps(response.data))
        row.headers = {
            name: response[name] for name in ("ETag", "Location") if response.has_header(name)
        }
        row.created_at = timezone.now()
        row.save()
