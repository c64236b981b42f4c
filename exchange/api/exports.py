"""`exports/`: lists as files, asked for by a program and fetched when they are ready."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from exchange.choices import ExportFormat, ExportState, Headings
from exchange.exports.answers import file_answer
from exchange.exports.making import CONTENT_TYPES, QUERY_LENGTH, Wanted
from exchange.exports.selectors import NEWEST_FIRST, export_by_id, exports_of
from exchange.exports.services import export_delete, export_request
from exchange.models import Export
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.serializers import InstantField, ListFilters, StrictSerializer, TextField

TAGS = ["exports"]
NEW = OpenApiExample(
    "Decided measures of one program",
    value={
        "list": "measures",
        "query": "stage=decided&program=PG-003&ordering=name",
        "format": "csv",
    },
    request_only=True,
)


class ExportSerializer(serializers.Serializer[Any]):
    """A list on its way out; `row_count` and `done` say how far it is."""

    id = serializers.UUIDField()
    list = serializers.CharField()
    query = serializers.CharField(allow_blank=True)
    format = serializers.ChoiceField(ExportFormat.choices)
    headings = serializers.ChoiceField(Headings.choices)
    state = serializers.ChoiceField(ExportState.choices)
    row_count = serializers.IntegerField(min_value=0)
    done = serializers.IntegerField(min_value=0)
    failure = serializers.CharField(
        allow_blank=True, help_text="Why it could not be made: a stable code."
    )
    file_name = serializers.CharField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    sha256 = serializers.CharField(allow_null=True)
    created_at = InstantField()
    finished_at = InstantField(allow_null=True)


class NewExportSerializer(StrictSerializer):
    """What to take out."""

    shown_as = ExportSerializer
    list = TextField(
        max_length=60,
        help_text="measures, values, portfolios, programs, projects, measure-packages, people, "
        "business-units, functions, legal-entities, forums or audit-trail.",
    )
    query = TextField(
        required=False,
        allow_blank=True,
        max_length=QUERY_LENGTH,
        help_text="The query string of the list's own page: its filters and order.",
    )
    format = serializers.ChoiceField(ExportFormat.choices, required=False, help_text="Or csv.")
    headings = serializers.ChoiceField(
        Headings.choices,
        required=False,
        help_text="`machine` (the default): names that an import takes. `words`: for people.",
    )


def export_bodies(exports: Iterable[Export]) -> list[dict[str, Any]]:
    """Representations of `ExportSerializer`."""
    return [_body(export) for export in exports]


def _body(export: Export) -> dict[str, Any]:
    file = export.file
    body = {
        "id": str(export.public_id),
        "list": export.list_name,
        "query": export.query,
        "format": export.format,
        "headings": export.headings,
        "state": export.state,
        "row_count": export.row_count,
        "done": export.done,
        "failure": export.failure,
        "file_name": file.name if file else None,
        "size": file.size if file else None,
        "sha256": file.sha256 if file else None,
        "created_at": export.created_at,
        "finished_at": export.finished_at,
    }
    return dict(ExportSerializer(body).data)


class ExportListView(ApiView):
    """The caller's own exports."""

    @extend_schema(
        operation_id="exports_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(ExportSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of one's own exports, newest first; nobody sees those of others."""
        given = self.filters(ListFilters)
        return self.page_of(exports_of(self.actor), Listing(NEWEST_FIRST, given, export_bodies))

    @extend_schema(
        operation_id="exports_create",
        tags=TAGS,
        request=NewExportSerializer,
        responses={201: ExportSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Ask for a list as a file; a short one is ready at once, a long one is made by a worker.

        Read the export again until its `state` is `done`, then fetch `file/` within seven days.
        """
        given = self.parsed(NewExportSerializer)
        wanted = Wanted(
            given["list"],
            given.get("query", ""),
            ExportFormat(given.get("format", ExportFormat.CSV)),
            Headings(given.get("headings", Headings.MACHINE)),
        )
        export = export_request(wanted=wanted, tenant=self.tenant, by=self.actor)
        address = reverse("api-export-detail", args=[tenant_slug, export.public_id])
        fresh = export_by_id(export.public_id, by=self.actor)
        return self.answer(_body(fresh), status=201, location=address)


class ExportView(ApiView):
    """One of the caller's own exports."""

    @extend_schema(operation_id="exports_retrieve", tags=TAGS, responses=ExportSerializer)
    def get(self, request: Request, tenant_slug: str, export_id: UUID) -> Response:
        """How far one export is."""
        return self.answer(_body(export_by_id(export_id, by=self.actor)))

    @extend_schema(operation_id="exports_delete", tags=TAGS, responses={204: None})
    def delete(self, request: Request, tenant_slug: str, export_id: UUID) -> Response:
        """Delete one export with its file; one that is being made is given up."""
        export_delete(export=export_by_id(export_id, by=self.actor), by=self.actor)
        return Response(status=204)


class ExportFileView(ApiView):
    """The file of one export."""

    @extend_schema(
        operation_id="exports_file",
        tags=TAGS,
        responses={
            (200, CONTENT_TYPES[ExportFormat.CSV].partition(";")[0]): OpenApiTypes.BINARY,
            (200, CONTENT_TYPES[ExportFormat.XLSX]): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, tenant_slug: str, export_id: UUID) -> HttpResponseBase:
        """The file itself; 409 `export_not_ready` while there is none."""
        return file_answer(export_by_id(export_id, by=self.actor))
