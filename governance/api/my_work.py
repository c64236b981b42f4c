"""`my-work/`: everything that waits for the caller, by kind."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.web.apiviews import ApiView
from governance.web.serializers import InstantField
from governance.work.registry import MOST_COUNTED, Work, WorkKind
from governance.work.selectors import my_work

COUNT_HELP = f"Counted up to {MOST_COUNTED + 1}, which stands for more."


class WorkLineSerializer(serializers.Serializer[Any]):
    """One thing that waits."""

    code = serializers.CharField(help_text="Of the measure, exception or month; may be empty.")
    title = serializers.CharField()
    note = serializers.CharField()
    due_at = InstantField(allow_null=True)
    url = serializers.CharField(help_text="The page where it is done.")


class WorkKindSerializer(serializers.Serializer[Any]):
    """One kind of work with the most urgent of it."""

    kind = serializers.CharField()
    name = serializers.CharField()
    count = serializers.IntegerField(help_text=COUNT_HELP)
    waits_for_others = serializers.BooleanField(help_text="What one asked of others.")
    items = WorkLineSerializer(many=True)


class MyWorkSerializer(serializers.Serializer[Any]):
    """All kinds that may wait for the caller."""

    kinds = WorkKindSerializer(many=True)


class MyWorkView(ApiView):
    """What waits for the caller."""

    @extend_schema(operation_id="my_work_retrieve", tags=["my work"], responses=MyWorkSerializer)
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Each kind of work with its count and its most urgent lines."""
        home = request.build_absolute_uri(reverse("tenant-home", args=[tenant_slug]))
        found = my_work(self.actor, self.tenant)
        return self.answer({"kinds": [_kind_body(kind, work, home) for kind, work in found]})


def _kind_body(kind: WorkKind, work: Work, home: str) -> dict[str, Any]:
    """A representation of `WorkKindSerializer`."""
    return {
        "kind": kind.code,
        "name": str(kind.label),
        "count": work.count,
        "waits_for_others": kind.is_told,
        "items": [
            {
                "code": line.code,
                "title": line.label,
                "note": line.note,
                "due_at": line.due_at,
                "url": f"{home}{line.path}",
            }
            for line in work.lines
        ],
    }
