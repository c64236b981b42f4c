"""`measures/<code>/documents/` and `documents/<id>/`: files that prove what a measure claims."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import InstantField, ListFilters, StrictSerializer, TextField
from governance.web.uploadviews import UploadApiView
from initiatives.api.lookups import milestone_named
from initiatives.api.serializers import text_of
from initiatives.documents.answers import document_answer
from initiatives.documents.choices import DocumentKind
from initiatives.documents.models import Document, DocumentVersion
from initiatives.documents.rules import COMMENT_LENGTH, REASON_LENGTH, SERVED, TITLE_LENGTH, UNKNOWN
from initiatives.documents.selectors import (
    document_by_id,
    documents_of,
    upload_refusal,
    version_of,
    versions_of,
    withdraw_refusal,
)
from initiatives.documents.services import (
    DocumentDraft,
    Upload,
    document_add,
    document_version_add,
    document_withdraw,
)
from initiatives.models import Measure
from initiatives.selectors import measure_by_code

TAGS = ["documents"]
NEWEST_FIRST = Order("newest", "id", is_descending=True)
MOST_VERSIONS = 2**31 - 1


class VersionSerializer(serializers.Serializer[Any]):
    """One file of a document; it never changes."""

    number = serializers.IntegerField(min_value=1)
    file_name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    comment = serializers.CharField(allow_blank=True)
    author = serializers.CharField()
    uploaded_at = InstantField()


class DocumentSerializer(serializers.Serializer[Any]):
    """A document; `versions` has the newest first, whose bytes `content/` answers."""

    id = serializers.UUIDField()
    measure = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(DocumentKind.choices)
    milestone = serializers.UUIDField(allow_null=True)
    is_withdrawn = serializers.BooleanField()
    withdrawn_reason = serializers.CharField(allow_blank=True)
    author = serializers.CharField()
    versions = VersionSerializer(many=True)
    version = serializers.IntegerField(min_value=1, help_text="Of this representation.")
    created_at = InstantField()
    updated_at = InstantField()


class NewVersionSerializer(StrictSerializer):
    """A file, as `multipart/form-data`."""

    file = serializers.FileField(
        allow_empty_file=True, help_text="pdf, png, jpg, docx, xlsx, pptx, csv or txt."
    )
    comment = TextField(required=False, allow_blank=True, max_length=COMMENT_LENGTH)


class NewDocumentSerializer(NewVersionSerializer):
    """A document with its first file, as `multipart/form-data`."""

    shown_as = DocumentSerializer

    title = TextField(max_length=TITLE_LENGTH)
    kind = serializers.ChoiceField(DocumentKind.choices)
    milestone = serializers.UUIDField(
        required=False, help_text="Which milestone it proves; for the kind `milestone` alone."
    )


class WithdrawSerializer(StrictSerializer):
    """Why a document counts no more."""

    reason = TextField(max_length=REASON_LENGTH)


class ContentFilters(StrictSerializer):
    """Which version; the newest without a number."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=MOST_VERSIONS)


class DocumentListView(UploadApiView):
    """The documents of one measure."""

    @extend_schema(
        operation_id="documents_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(DocumentSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The documents of a measure, newest first, withdrawn ones too."""
        measure = measure_by_code(code, by=self.actor)
        listing = Listing(NEWEST_FIRST, self.filters(ListFilters), document_bodies)
        return self.page_of(documents_of(measure), listing)

    @extend_schema(
        operation_id="documents_create",
        tags=TAGS,
        parameters=[ETAG],
        request={"multipart/form-data": NewDocumentSerializer},
        responses={201: DocumentSerializer},
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Bring a document; its file must be what its name says."""
        measure = measure_by_code(code, by=self.actor)
        _require_hands(measure, self)
        given = self.parsed(NewDocumentSerializer)
        draft = DocumentDraft(
            title=given["title"],
            kind=given["kind"],
            milestone=milestone_named(given.get("milestone"), by=self.actor),
        )
        document = document_add(measure=measure, draft=draft, upload=_upload(given), by=self.actor)
        address = reverse("api-document-detail", args=[tenant_slug, document.public_id])
        return self.answer(*document_bodies([document]), status=201, location=address)


class DocumentView(ApiView):
    """One document."""

    @extend_schema(
        operation_id="documents_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=DocumentSerializer,
    )
    def get(self, request: Request, tenant_slug: str, document_id: UUID) -> Response:
        """One document with all its versions."""
        return self.answer(*document_bodies([document_by_id(document_id, by=self.actor)]))


class DocumentVersionsView(UploadApiView):
    """The files of one document."""

    @extend_schema(
        operation_id="documents_add_version",
        tags=TAGS,
        parameters=[ETAG],
        request={"multipart/form-data": NewVersionSerializer},
        responses={201: DocumentSerializer},
    )
    def post(self, request: Request, tenant_slug: str, document_id: UUID) -> Response:
        """Bring a newer version; the earlier ones stay."""
        document = document_by_id(document_id, by=self.actor)
        _require_hands(document.measure, self)
        given = self.parsed(NewVersionSerializer)
        changed = document_version_add(document=document, upload=_upload(given), by=self.actor)
        address = reverse("api-document-detail", args=[tenant_slug, document.public_id])
        return self.answer(*document_bodies([changed]), status=201, location=address)


class DocumentWithdrawView(ApiView):
    """Withdrawing one document."""

    @extend_schema(
        operation_id="documents_withdraw",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=WithdrawSerializer,
        responses=DocumentSerializer,
    )
    def post(self, request: Request, tenant_slug: str, document_id: UUID) -> Response:
        """Withdraw a document: it stays readable and counts for nothing any more."""
        document = document_by_id(document_id, by=self.actor)
        if withdraw_refusal(document, self.actor) == "document_of_another":
            raise Forbidden("document_of_another")
        seen, given = self.seen_version(), self.parsed(WithdrawSerializer)
        changed = document_withdraw(
            document=document, seen_version=seen, reason=given["reason"], by=self.actor
        )
        return self.answer(*document_bodies([changed]))


class DocumentContentView(ApiView):
    """The bytes of one document."""

    @extend_schema(
        operation_id="documents_content",
        tags=TAGS,
        parameters=[ContentFilters],
        responses={
            (200, name.partition(";")[0]): OpenApiTypes.BINARY
            for name in sorted({*SERVED, UNKNOWN})
        },
    )
    def get(self, request: Request, tenant_slug: str, document_id: UUID) -> HttpResponseBase:
        """The file of a version, the newest unless `version` says another."""
        document = document_by_id(document_id, by=self.actor)
        wanted = self.filters(ContentFilters).get("version")
        return document_answer(version_of(document, wanted))


def document_bodies(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Representations of `DocumentSerializer`, with one query for the versions of all of them."""
    rows = list(documents)
    versions = versions_of(rows)
    return [_document_body(row, versions.get(row.pk, [])) for row in rows]


def _document_body(document: Document, versions: list[DocumentVersion]) -> dict[str, Any]:
    plain = ("title", "kind", "is_withdrawn", "withdrawn_reason", "author", "version")
    milestone = document.milestone
    return {
        "id": str(document.public_id),
        "measure": document.measure.code,
        "milestone": str(milestone.public_id) if milestone else None,
        **{name: getattr(document, name) for name in plain},
        "versions": [_version_body(version) for version in versions],
        "created_at": text_of(document.created_at),
        "updated_at": text_of(document.updated_at),
    }


def _version_body(version: DocumentVersion) -> dict[str, Any]:
    plain = ("number", "file_name", "content_type", "size", "sha256", "comment", "author")
    return {
        **{name: getattr(version, name) for name in plain},
        "uploaded_at": text_of(version.uploaded_at),
    }


def _upload(given: dict[str, Any]) -> Upload:
    file = given["file"]
    return Upload(file.name, file.chunks(), given.get("comment", ""))


def _require_hands(measure: Measure, view: ApiView) -> None:
    if upload_refusal(measure, view.actor) == "document_not_yours":
        raise Forbidden("document_not_yours")
