"""`saved-views/`: addresses of lists and dashboards under a name, one's own and shared ones."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import person_body
from governance.saved_views.models import NAME_LENGTH, PAGE_LENGTH, QUERY_LENGTH, SavedView
from governance.saved_views.selectors import deleted_view, view_by_id, views_for
from governance.saved_views.services import (
    ViewDraft,
    saved_view_change,
    saved_view_create,
    saved_view_delete,
    saved_view_prefer,
    saved_view_restore,
)
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)

TAGS = ["saved views"]
NEWEST_FIRST = Order("newest", "id", is_descending=True)
NEW = OpenApiExample(
    "Decided measures without a controller",
    value={
        "page": "measures",
        "name": "No controller yet",
        "query": "missing=controller&stage=decided&columns=name,owner,sponsor",
        "is_shared": False,
    },
    request_only=True,
)


class SavedViewSerializer(serializers.Serializer[Any]):
    """A view that the caller may open."""

    id = serializers.UUIDField()
    page = serializers.CharField(help_text="Such as `measures`.")
    name = serializers.CharField()
    query = serializers.CharField(help_text="Behind the page's address, in one spelling.")
    owner = PersonSerializer()
    is_shared = serializers.BooleanField()
    is_preferred = serializers.BooleanField(help_text="The page opens with it for the caller.")
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class SavedViewFilters(ListFilters):
    """What the list is narrowed by."""

    page = TextField(required=False, max_length=PAGE_LENGTH)


class SavedViewFieldsSerializer(StrictSerializer):
    """What can be changed."""

    shown_as = SavedViewSerializer
    name = TextField(max_length=NAME_LENGTH)
    query = TextField(required=False, allow_blank=True, max_length=QUERY_LENGTH)
    is_shared = serializers.BooleanField(required=False)


class NewSavedViewSerializer(SavedViewFieldsSerializer):
    """A view to keep; `replaces` lets it take the place of one's own view of the same name."""

    page = TextField(max_length=PAGE_LENGTH)
    replaces = serializers.BooleanField(required=False)


class SavedViewPreferenceSerializer(StrictSerializer):
    """Whether the page opens with the view."""

    is_preferred = serializers.BooleanField()


class SavedViewRestoreSerializer(StrictSerializer):
    """Nothing: the address says which one."""


def view_bodies(views: Iterable[SavedView]) -> list[dict[str, Any]]:
    """Representations of `SavedViewSerializer`."""
    return [_body(view) for view in views]


def _body(view: SavedView) -> dict[str, Any]:
    body = {
        "id": str(view.public_id),
        "page": view.page,
        "name": view.name,
        "query": view.query,
        "owner": person_body(view.owner),
        "is_shared": view.is_shared,
        "is_preferred": getattr(view, "is_preferred", False),
        "version": view.version,
        "created_at": view.created_at,
        "updated_at": view.updated_at,
    }
    return dict(SavedViewSerializer(body).data)


class SavedViewListView(ApiView):
    """Views the caller may open."""

    @extend_schema(
        operation_id="saved_views_list",
        tags=TAGS,
        parameters=[SavedViewFilters],
        responses=page_of(SavedViewSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of one's own and shared views, newest first."""
        given = self.filters(SavedViewFilters)
        rows = views_for(self.actor, page=given.get("page", ""))
        return self.page_of(rows, Listing(NEWEST_FIRST, given, view_bodies))

    @extend_schema(
        operation_id="saved_views_create",
        tags=TAGS,
        request=NewSavedViewSerializer,
        responses={201: SavedViewSerializer},
        parameters=[ETAG],
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Keep an address under a name; it is checked as the page would check it."""
        view = saved_view_create(
            draft=ViewDraft(**self.parsed(NewSavedViewSerializer)), by=self.actor
        )
        address = reverse("api-saved-view-detail", args=[tenant_slug, view.public_id])
        return self.answer(_body(view), status=201, location=address)


class SavedViewView(ApiView):
    """One view."""

    @extend_schema(
        operation_id="saved_views_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=SavedViewSerializer,
    )
    def get(self, request: Request, tenant_slug: str, view_id: UUID) -> Response:
        """One view."""
        return self.answer(_body(view_by_id(view_id, by=self.actor)))

    @extend_schema(
        operation_id="saved_views_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=SavedViewFieldsSerializer,
        responses=SavedViewSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, view_id: UUID) -> Response:
        """Rename it, share it or not, or let it show something else."""
        view = view_by_id(view_id, by=self.actor)
        seen = self.seen_version()
        fields = self.parsed(SavedViewFieldsSerializer, partial=True)
        changed = saved_view_change(view=view, seen_version=seen, fields=fields, by=self.actor)
        return self.answer(_body(changed))

    @extend_schema(
        operation_id="saved_views_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, view_id: UUID) -> Response:
        """Delete it; `restore/` takes that back within thirty days."""
        view = view_by_id(view_id, by=self.actor)
        saved_view_delete(view=view, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class SavedViewRestoreView(ApiView):
    """Taking a deletion back."""

    @extend_schema(
        operation_id="saved_views_restore",
        tags=TAGS,
        request=SavedViewRestoreSerializer,
        responses=SavedViewSerializer,
    )
    def post(self, request: Request, tenant_slug: str, view_id: UUID) -> Response:
        """Restore a view of one's own that was deleted."""
        view = deleted_view(view_id, by=self.actor)
        self.parsed(SavedViewRestoreSerializer)
        return self.answer(_body(saved_view_restore(view=view, by=self.actor)))


class SavedViewPreferenceView(ApiView):
    """With which view a page opens for the caller."""

    @extend_schema(
        operation_id="saved_views_prefer",
        tags=TAGS,
        request=SavedViewPreferenceSerializer,
        responses=SavedViewSerializer,
    )
    def post(self, request: Request, tenant_slug: str, view_id: UUID) -> Response:
        """Open the view's page with it, or no more; doing it twice changes nothing."""
        view = view_by_id(view_id, by=self.actor)
        given = self.parsed(SavedViewPreferenceSerializer)
        chosen = saved_view_prefer(view=view, is_preferred=given["is_preferred"], by=self.actor)
        return self.answer(_body(chosen))
