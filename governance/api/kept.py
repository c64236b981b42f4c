"""`favourites/` and `recent-items/`: what somebody starred, and what they opened last."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.kept.models import CODE_LENGTH, KIND_LENGTH
from governance.kept.registry import KeptItem
from governance.kept.selectors import favourites_of, kept_item, recent_items_of
from governance.kept.services import favourite_set
from governance.web.apiviews import ApiView
from governance.web.serializers import CodeField, StrictSerializer, TextField

TAGS = ["favourites"]


class KeptItemSerializer(serializers.Serializer[Any]):
    """One thing: a measure or a place."""

    kind = serializers.CharField(help_text="measure, portfolio, program, project, measure_package.")
    code = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField(help_text="Its page.")


class KeptItemsSerializer(serializers.Serializer[Any]):
    """A short list: at most a hundred favourites, at most twenty recent items."""

    results = KeptItemSerializer(many=True)


class NewFavouriteSerializer(StrictSerializer):
    """What to star."""

    shown_as = KeptItemSerializer
    kind = TextField(max_length=KIND_LENGTH)
    code = CodeField(max_length=CODE_LENGTH)


class _KeptView(ApiView):
    """What both lists share."""

    def _bodies(self, items: Iterable[KeptItem]) -> list[dict[str, Any]]:
        home = reverse("tenant-home", args=[self.tenant.slug])
        return [
            {
                "kind": item.kind,
                "code": item.code,
                "name": item.label,
                "url": self.request.build_absolute_uri(f"{home}{item.path}"),
            }
            for item in items
        ]


class FavouriteListView(_KeptView):
    """One's own favourites."""

    @extend_schema(operation_id="favourites_retrieve", tags=TAGS, responses=KeptItemsSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """What one starred and may still see, the newest first."""
        return Response({"results": self._bodies(favourites_of(self.actor))})

    @extend_schema(
        operation_id="favourites_create",
        tags=TAGS,
        request=NewFavouriteSerializer,
        responses={201: KeptItemSerializer},
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Star something; doing it twice changes nothing."""
        given = self.parsed(NewFavouriteSerializer)
        item = kept_item(given["kind"], given["code"], by=self.actor)
        favourite_set(kind=item.kind, code=item.code, is_favourite=True, by=self.actor)
        return self.answer(*self._bodies([item]), status=201)


class FavouriteView(_KeptView):
    """One favourite."""

    @extend_schema(operation_id="favourites_delete", tags=TAGS, responses={204: None})
    def delete(self, request: Request, tenant_slug: str, kind: str, code: str) -> Response:
        """Take the star away; doing it twice changes nothing."""
        item = kept_item(kind, code, by=self.actor)
        favourite_set(kind=item.kind, code=item.code, is_favourite=False, by=self.actor)
        return Response(status=204)


class RecentItemListView(_KeptView):
    """What one opened last."""

    @extend_schema(operation_id="recent_items_retrieve", tags=TAGS, responses=KeptItemsSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """The pages of measures and places one opened in the browser, the last first."""
        return Response({"results": self._bodies(recent_items_of(self.actor))})
