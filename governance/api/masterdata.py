"""`business-units/ functions/ legal-entities/ forums/`: one pair of views per kind, and seats."""

from typing import Any, ClassVar

from django.urls import URLPattern, path, reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from governance.api.serializers import (
    EntryFieldsSerializer,
    EntryFilters,
    EntrySerializer,
    ForumFieldsSerializer,
    ForumSerializer,
    NewEntrySerializer,
    NewForumSerializer,
    entry_bodies,
)
from governance.masterdata.choices import Shown
from governance.masterdata.models import KINDS, Forum, MasterData
from governance.masterdata.selectors import master_data_matching, master_datum
from governance.masterdata.services import (
    forum_set_quorum,
    master_data_create,
    master_data_rename,
    master_data_set_active,
)
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order

BY_NAME = Order("name", "sort_key")
EXAMPLES = {
    "business-units": {"code": "BU-01", "name": "Packaging"},
    "functions": {"code": "PROC", "name": "Procurement"},
    "legal-entities": {"code": "DE01", "name": "Nordwerk Deutschland GmbH"},
    "forums": {"code": "STC", "name": "Steering committee", "quorum": 3},
}


class EntryListView(ApiView):
    """All entries of one kind."""

    kind: ClassVar[str]
    new_serializer: ClassVar[type[Serializer[Any]]]

    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of entries, by name."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(EntryFilters)
        shown = {None: Shown.ALL, True: Shown.ACTIVE, False: Shown.INACTIVE}
        rows = master_data_matching(
            self.kind, text=given.get("q", ""), shown=shown[given.get("is_active")]
        )
        return self.page_of(rows, Listing(BY_NAME, given, entry_bodies))

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Add an entry; 409 `code_taken`."""
        self.actor.require_anywhere(Permission.MASTER_DATA_MANAGE)
        given = self.parsed(self.new_serializer)
        row = master_data_create(
            model=KINDS[self.kind], code=given["code"], name=given["name"], by=self.actor
        )
        row = self.with_quorum(row, given)
        address = reverse(f"api-{self.kind}-detail", args=[tenant_slug, row.code])
        fresh = master_datum(self.kind, row.code)
        return self.answer(*entry_bodies([fresh]), status=201, location=address)

    def with_quorum(self, row: MasterData, given: dict[str, Any]) -> MasterData:
        if not isinstance(row, Forum) or "quorum" not in given:
            return row
        return forum_set_quorum(
            forum=row, quorum=given["quorum"], seen_version=row.version, by=self.actor
        )


class EntryView(ApiView):
    """One entry."""

    kind: ClassVar[str]
    fields_serializer: ClassVar[type[Serializer[Any]]]

    def entry(self, code: str) -> MasterData:
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return master_datum(self.kind, code)

    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One entry."""
        return self.answer(*entry_bodies([self.entry(code)]))

    def patch(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Rename, deactivate or activate; what is used stays where it is (H4)."""
        row = self.entry(code)
        self.actor.require_anywhere(Permission.MASTER_DATA_MANAGE)
        seen = self.seen_version()
        given = self.parsed(self.fields_serializer, partial=True)
        row = master_data_rename(
            row=row, name=given.get("name", row.name), seen_version=seen, by=self.actor
        )
        if "is_active" in given:
            row = master_data_set_active(
                row=row, is_active=given["is_active"], seen_version=row.version, by=self.actor
            )
        if "quorum" in given and isinstance(row, Forum):
            forum_set_quorum(
                forum=row, quorum=given["quorum"], seen_version=row.version, by=self.actor
            )
        return self.answer(*entry_bodies([self.entry(code)]))


def _list_view(kind: str, shown: type[Serializer[Any]]) -> type[EntryListView]:
    is_forum = kind == "forums"
    new = NewForumSerializer if is_forum else NewEntrySerializer
    noun = kind.replace("-", "_")
    documented = extend_schema_view(
        get=extend_schema(
            operation_id=f"{noun}_list",
            tags=[kind],
            parameters=[EntryFilters],
            responses=PAGES[shown],
        ),
        post=extend_schema(
            operation_id=f"{noun}_create",
            tags=[kind],
            parameters=[ETAG],
            request=new,
            responses={201: shown},
            examples=[OpenApiExample("New", value=EXAMPLES[kind], request_only=True)],
        ),
    )
    given = {"kind": kind, "new_serializer": new}
    return documented(type(f"{noun}ListView", (EntryListView,), given))


def _entry_view(kind: str, shown: type[Serializer[Any]]) -> type[EntryView]:
    fields = ForumFieldsSerializer if kind == "forums" else EntryFieldsSerializer
    noun = kind.replace("-", "_")
    documented = extend_schema_view(
        get=extend_schema(
            operation_id=f"{noun}_retrieve", tags=[kind], parameters=[ETAG], responses=shown
        ),
        patch=extend_schema(
            operation_id=f"{noun}_update",
            tags=[kind],
            parameters=[IF_MATCH, ETAG],
            request=fields,
            responses=shown,
        ),
    )
    given = {"kind": kind, "fields_serializer": fields}
    return documented(type(f"{noun}View", (EntryView,), given))


PAGES: dict[type[Serializer[Any]], type[Serializer[Any]]] = {
    shown: page_of(shown) for shown in (EntrySerializer, ForumSerializer)
}


def master_data_urls() -> list[URLPattern]:
    """Addresses of all kinds."""
    urls = []
    for kind in KINDS:
        shown = ForumSerializer if kind == "forums" else EntrySerializer
        urls += [
            path(f"{kind}/", _list_view(kind, shown).as_view(), name=f"api-{kind}-list"),
            path(
                f"{kind}/<str:code>/",
                _entry_view(kind, shown).as_view(),
                name=f"api-{kind}-detail",
            ),
        ]
    return urls
