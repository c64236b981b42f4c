"""API views that settings kept in versions share: list, one, withdrawing, publishing (S5)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.versions import NEWEST_FIRST, PublicationSerializer, version_body
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.versions.models import SettingVersion
from governance.versions.selectors import versions_of
from governance.versions.services import SettingKind, version_publish, version_withdraw
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import ListFilters

Row = TypeVar("Row", bound=SettingVersion)
View = TypeVar("View", bound=type[ApiView])


@dataclass(frozen=True, slots=True)
class VersionApi(Generic[Row]):
    """How the versions of one kind of setting are shown.

    `content` is what a version says; `detail` the name of the address of one; `visible` the
    versions somebody may see, where not everybody sees all.
    """

    kind: SettingKind[Row]
    content: Callable[[Row], Mapping[str, Any]]
    detail: str
    visible: Callable[[Actor], QuerySet[Row]] | None = None

    def rows(self, by: Actor) -> QuerySet[Row]:
        return self.visible(by) if self.visible else versions_of(self.kind.model)

    def bodies(self, rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [version_body(row, self.content(row)) for row in rows]

    def body(self, number: int, by: Actor) -> dict[str, Any]:
        """One version by its number; raises `NotVisible`. One query."""
        found = self.bodies(self.rows(by).filter(number=number)[:1])
        if not found:
            raise NotVisible
        return found[0]


class SettingVersionListView(ApiView):
    """All versions; what is proposed, and how, is said by each kind."""

    api: ClassVar[VersionApi[Any]]

    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of versions, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ListFilters)
        return self.page_of(
            self.api.rows(self.actor), Listing(NEWEST_FIRST, given, self.api.bodies)
        )

    def proposed(self, number: int) -> Response:
        """201 with the version that has just been proposed."""
        address = reverse(self.api.detail, args=[self.tenant.slug, number])
        return self.answer(self.api.body(number, self.actor), status=201, location=address)


class SettingVersionView(ApiView):
    """One version."""

    api: ClassVar[VersionApi[Any]]

    def get(self, request: Request, tenant_slug: str, number: int) -> Response:
        """One version, whatever became of it."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return self.answer(self.api.body(number, self.actor))

    def delete(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Withdraw a proposal; it stays readable. Others are refused with `…_not_proposed`."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        self.api.body(number, self.actor)
        seen = self.seen_version()
        version_withdraw(kind=self.api.kind, number=number, seen_version=seen, by=self.actor)
        return Response(status=204)


class SettingPublicationView(ApiView):
    """Bringing a proposal into force."""

    api: ClassVar[VersionApi[Any]]

    def post(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Publish; 403 `segregation_of_duties` for who proposed it (S5)."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        self.api.body(number, self.actor)
        seen = self.seen_version()
        self.parsed(PublicationSerializer)
        version_publish(kind=self.api.kind, number=number, seen_version=seen, by=self.actor)
        return self.answer(self.api.body(number, self.actor))


@dataclass(frozen=True, slots=True)
class VersionSchema:
    """What the API's document says of the versions of one kind of setting."""

    noun: str
    tags: Sequence[str]
    shown: type
    new: type
    example: OpenApiExample

    def listed(self, view: View) -> View:
        """Describe the list and proposing."""
        return self._described(
            view,
            get=extend_schema(
                operation_id=f"{self.noun}_versions_list",
                tags=self.tags,
                parameters=[ListFilters],
                responses=page_of(self.shown),
            ),
            post=extend_schema(
                operation_id=f"{self.noun}_versions_create",
                tags=self.tags,
                parameters=[ETAG],
                request=self.new,
                responses={201: self.shown},
                examples=[self.example],
            ),
        )

    def single(self, view: View) -> View:
        """Describe one version and withdrawing it."""
        return self._described(
            view,
            get=extend_schema(
                operation_id=f"{self.noun}_versions_retrieve",
                tags=self.tags,
                parameters=[ETAG],
                responses=self.shown,
            ),
            delete=extend_schema(
                operation_id=f"{self.noun}_versions_delete",
                tags=self.tags,
                parameters=[IF_MATCH],
                responses={204: None},
            ),
        )

    def publication(self, view: View) -> View:
        """Describe publishing."""
        return self._described(
            view,
            post=extend_schema(
                operation_id=f"{self.noun}_versions_publish",
                tags=self.tags,
                parameters=[IF_MATCH, ETAG],
                request=PublicationSerializer,
                responses=self.shown,
            ),
        )

    def _described(self, view: View, **methods: Any) -> View:
        described: View = extend_schema_view(**methods)(view)
        return described
