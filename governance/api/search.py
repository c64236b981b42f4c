"""`search/`: what a text finds, kind by kind."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.search.registry import HITS_SHOWN, LEAST_LETTERS, MOST_LETTERS, search
from governance.web.apiviews import ApiView
from governance.web.serializers import StrictSerializer, TextField


class SearchFilters(StrictSerializer):
    """What is looked for."""

    q = TextField(
        min_length=LEAST_LETTERS,
        max_length=MOST_LETTERS,
        help_text="Words; each is the beginning of a word of a code or name.",
    )


class HitSerializer(serializers.Serializer[Any]):
    """One thing that was found."""

    kind = serializers.CharField()
    code = serializers.CharField(help_text="Empty for people.")
    name = serializers.CharField()
    note = serializers.CharField()
    url = serializers.CharField(help_text="Its page.")


class SearchSerializer(serializers.Serializer[Any]):
    """The first hits of each kind."""

    hits = HitSerializer(many=True)
    more_than = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Kinds of which more match than so many; the hits are the first of these alone.",
    )


class SearchView(ApiView):
    """Search over codes and names."""

    @extend_schema(
        operation_id="search_retrieve",
        tags=["search"],
        parameters=[SearchFilters],
        responses=SearchSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Measures, places, people, KPIs and exceptions that the caller may see."""
        home = request.build_absolute_uri(reverse("tenant-home", args=[tenant_slug]))
        found = search(self.filters(SearchFilters)["q"], self.actor, HITS_SHOWN)
        return self.answer(
            {
                "hits": [
                    {
                        "kind": kind.code,
                        "code": hit.code,
                        "name": hit.label,
                        "note": hit.note,
                        "url": f"{home}{hit.path}",
                    }
                    for kind, one in found
                    for hit in one.hits
                ],
                "more_than": {kind.code: one.more_than for kind, one in found if one.more_than},
            }
        )
