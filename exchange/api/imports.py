"""`imports/`: upload, columns, check, apply, undo; the same services as the pages."""

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from exchange.api.serializers import (
    ApplySerializer,
    ColumnsSerializer,
    ImportRowSerializer,
    ImportSerializer,
    RowFilters,
    UploadSerializer,
    import_bodies,
    import_body,
    row_bodies,
)
from exchange.choices import ProfileCode
from exchange.models import Import
from exchange.selectors import import_by_id, progress_of, rows_of, visible_imports
from exchange.services.applying import import_apply
from exchange.services.undoing import import_undo
from exchange.services.uploads import import_discard, import_map, import_upload
from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters
from governance.web.uploadviews import UploadApiView

TAGS = ["imports"]
NEWEST_FIRST = Order("newest", "id", is_descending=True)
BY_NUMBER = Order("number", "number")


class ImportView(ApiView):
    """What all views of imports share."""

    def run_of(self, import_id: UUID) -> Import:
        return import_by_id(str(import_id), by=self.actor)

    def told(self, run: Import, *, status: int = 200, location: str | None = None) -> Response:
        body = ImportSerializer(import_body(run, progress_of(run))).data
        return self.answer(dict(body), status=status, location=location)


class ImportListView(UploadApiView, ImportView):
    """Files brought in so far."""

    @extend_schema(
        operation_id="imports_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(ImportSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Imports, newest first; one's own, or all for who may import anywhere."""
        if not self.actor.may_anywhere(Permission.IMPORT_RUN):
            raise Forbidden("forbidden", Permission.IMPORT_RUN.label)
        filters = self.filters(ListFilters)
        return self.page_of(
            visible_imports(self.actor), Listing(NEWEST_FIRST, filters, import_bodies)
        )

    @extend_schema(
        operation_id="imports_create",
        tags=TAGS,
        parameters=[ETAG],
        request={"multipart/form-data": UploadSerializer},
        responses={201: ImportSerializer},
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Upload a file; a worker reads it, then its columns can be named. Nothing is written."""
        self.actor.require_anywhere(Permission.IMPORT_RUN)
        given = self.parsed(UploadSerializer)
        run = import_upload(
            name=given["file"].name,
            content=given["file"].chunks(),
            profile=ProfileCode(given["profile"]),
            by=self.actor,
        )
        location = reverse("api-import-detail", args=[tenant_slug, run.public_id])
        return self.told(run, status=201, location=location)


class ImportDetailView(ImportView):
    """One import."""

    @extend_schema(operation_id="imports_read", tags=TAGS, responses=ImportSerializer)
    def get(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Where it stands; while a worker is at it, ask again."""
        return self.told(self.run_of(import_id))

    @extend_schema(
        operation_id="imports_map",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ColumnsSerializer,
        responses=ImportSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Say what columns mean and have the rows checked; what is left out stays as proposed."""
        run = self.run_of(import_id)
        seen = self.seen_version()
        given = self.parsed(ColumnsSerializer)
        done = import_map(
            run=run,
            mapping=run.mapping | given.get("mapping", {}),
            options=run.options | given.get("options", {}),
            seen_version=seen,
            by=self.actor,
        )
        return self.told(done)

    @extend_schema(
        operation_id="imports_discard", tags=TAGS, parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Let the file go; what was imported stays."""
        run = self.run_of(import_id)
        import_discard(run=run, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class ImportApplyView(ImportView):
    """Writing what was checked."""

    @extend_schema(
        operation_id="imports_apply",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=ApplySerializer,
        responses=ImportSerializer,
    )
    def post(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Import what was checked, all or nothing; a worker does it."""
        run = self.run_of(import_id)
        seen = self.seen_version()
        given = self.parsed(ApplySerializer)
        done = import_apply(
            run=run,
            seen_version=seen,
            leaves_out_refused=given["leaves_out_refused"],
            by=self.actor,
        )
        return self.told(done)


class ImportUndoView(ImportView):
    """Taking an import back."""

    @extend_schema(
        operation_id="imports_undo",
        tags=TAGS,
        parameters=[IF_MATCH],
        request=None,
        responses=ImportSerializer,
    )
    def post(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Take the import back while nothing was built on it; a worker does it."""
        run = self.run_of(import_id)
        done = import_undo(run=run, seen_version=self.seen_version(), by=self.actor)
        return self.told(done)


class ImportRowsView(ImportView):
    """The rows of an import."""

    @extend_schema(
        operation_id="imports_rows",
        tags=TAGS,
        parameters=[RowFilters],
        responses=page_of(ImportRowSerializer),
    )
    def get(self, request: Request, tenant_slug: str, import_id: UUID) -> Response:
        """Rows in the order of the file, with what each would do or did, and why not."""
        run = self.run_of(import_id)
        filters = self.filters(RowFilters)
        rows = rows_of(run, state=filters.get("state", ""))
        return self.page_of(rows, Listing(BY_NUMBER, filters, row_bodies))
