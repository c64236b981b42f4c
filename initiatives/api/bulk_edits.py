"""`bulk-edits/`: one change of many measures, shown first, then written, then undone."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Invalid
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonField,
    StrictSerializer,
    TextField,
)
from initiatives.api.lookups import with_rows
from initiatives.bulk.choices import BulkRowState, BulkState
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import MOST_MEASURES
from initiatives.bulk.selectors import (
    BY_POSITION,
    NEWEST_FIRST,
    Counts,
    counts_of_all,
    edit_by_id,
    edits_of,
    rows_in,
)
from initiatives.bulk.services.asking import (
    BulkDraft,
    bulk_edit_apply,
    bulk_edit_check,
    bulk_edit_prepare,
    bulk_edit_undo,
    require_bulk,
)
from initiatives.pages.bulk_forms import ALL, CHOSEN, Choice
from initiatives.pages.filters import parse

TAGS = ["measures"]
QUERY_LENGTH = 4000
NEW = OpenApiExample(
    "A controller for all of a program that have none",
    value={
        "query": "program=PG-001&missing=controller",
        "changes": {"controller": "carla@nordwerk.example"},
        "dry_run": True,
    },
    request_only=True,
)


class BulkFieldsSerializer(StrictSerializer):
    """New values; null empties a field, what is not named stays."""

    owner = PersonField(required=False)
    sponsor = PersonField(required=False)
    controller = PersonField(required=False)
    receiver = PersonField(required=False)
    business_unit = CodeField(required=False, allow_null=True)
    function = CodeField(required=False, allow_null=True)
    legal_entity = CodeField(required=False, allow_null=True)
    forum = CodeField(required=False, allow_null=True)
    planned_start = serializers.DateField(required=False, allow_null=True)
    planned_end = serializers.DateField(required=False, allow_null=True)


class BulkCountsSerializer(serializers.Serializer[Any]):
    """How many measures come to what, by state; why, by the code of the refusal."""

    by_state = serializers.DictField(child=serializers.IntegerField(min_value=0))
    refusals = serializers.DictField(child=serializers.IntegerField(min_value=0))


class BulkEditSerializer(serializers.Serializer[Any]):
    """A change of many measures; `done` of `total` are worked off in the running step."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(BulkState.choices)
    changes = serializers.DictField(child=serializers.CharField(allow_null=True))
    query = serializers.CharField(allow_blank=True)
    voids_requests = serializers.BooleanField()
    total = serializers.IntegerField(min_value=0)
    done = serializers.IntegerField(min_value=0)
    counts = BulkCountsSerializer()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    applied_at = InstantField(allow_null=True)
    undone_at = InstantField(allow_null=True)


class BulkEditRowSerializer(serializers.Serializer[Any]):
    """One measure of it; `changes` maps a field to before and after in words."""

    measure = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(BulkRowState.choices)
    refusal = serializers.CharField(allow_blank=True)
    voids_request = serializers.BooleanField()
    changes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(allow_null=True))
    )


class NewBulkEditSerializer(StrictSerializer):
    """Which measures, by `measures` or by `query`, and their new values."""

    shown_as = BulkEditSerializer
    measures = serializers.ListField(
        child=CodeField(), required=False, max_length=MOST_MEASURES, help_text="By code."
    )
    query = TextField(
        required=False,
        allow_blank=True,
        max_length=QUERY_LENGTH,
        help_text="Or all that this query string of the list of measures asks for.",
    )
    changes = BulkFieldsSerializer()
    dry_run = serializers.BooleanField(
        required=False, help_text="Show what would change and write nothing; `apply/` writes it."
    )
    voids_requests = serializers.BooleanField(
        required=False, help_text="Change also measures on which a request is open, voiding it."
    )


class BulkCheckSerializer(StrictSerializer):
    """Whether measures with open requests are taken along."""

    voids_requests = serializers.BooleanField()


class BulkEditStepSerializer(StrictSerializer):
    """Nothing: the address says what is done."""


class BulkRowFilters(ListFilters):
    """What the rows are narrowed by."""

    state = serializers.ChoiceField(BulkRowState.choices, required=False)


def edit_bodies(edits: Iterable[BulkEdit]) -> list[dict[str, Any]]:
    """Representations of `BulkEditSerializer`; one query for all counts."""
    rows = list(edits)
    counts = counts_of_all(rows)
    return [_body(edit, counts[edit.pk]) for edit in rows]


def _body(edit: BulkEdit, counts: Counts) -> dict[str, Any]:
    body = {
        "id": str(edit.public_id),
        "state": edit.state,
        "changes": edit.fields,
        "query": edit.query,
        "voids_requests": edit.voids_requests,
        "total": edit.total,
        "done": edit.done,
        "counts": {
            "by_state": {state.value: number for state, number in counts.by_state.items()},
            "refusals": counts.refusals,
        },
        "version": edit.version,
        "created_at": edit.created_at,
        "applied_at": edit.applied_at,
        "undone_at": edit.undone_at,
    }
    return dict(BulkEditSerializer(body).data)


def row_bodies(rows: Iterable[BulkEditRow]) -> list[dict[str, Any]]:
    """Representations of `BulkEditRowSerializer`."""
    return [
        {
            "measure": row.code,
            "name": row.name,
            "state": row.state,
            "refusal": row.refusal,
            "voids_request": row.voids_request,
            "changes": row.changes,
        }
        for row in rows
    ]


class BulkEditListView(ApiView):
    """The caller's own changes of many measures."""

    @extend_schema(
        operation_id="bulk_edits_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(BulkEditSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of one's own, newest first; nobody sees those of others."""
        require_bulk(self.actor)
        given = self.filters(ListFilters)
        return self.page_of(edits_of(self.actor), Listing(NEWEST_FIRST, given, edit_bodies))

    @extend_schema(
        operation_id="bulk_edits_create",
        tags=TAGS,
        request=NewBulkEditSerializer,
        responses={201: BulkEditSerializer},
        parameters=[ETAG],
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Change many measures, each by the rules of one, or show what would change.

        Up to 200 are done at once, more by a worker: read it again until `state` has moved on.
        """
        require_bulk(self.actor)
        given = self.parsed(NewBulkEditSerializer)
        draft = BulkDraft(
            measure_ids=self._ids(given),
            fields=with_rows(given["changes"]),
            query=given.get("query", ""),
            voids_requests=given.get("voids_requests", False),
            applies=not given.get("dry_run", False),
        )
        edit = bulk_edit_prepare(draft=draft, by=self.actor)
        address = reverse("api-bulk-edit-detail", args=[tenant_slug, edit.public_id])
        return self.answer(*edit_bodies([edit]), status=201, location=address)

    def _ids(self, given: dict[str, Any]) -> list[int]:
        if ("measures" in given) == ("query" in given):
            text = _("Give either measures or a query.")
            raise Invalid({"measures": [text]})
        if "query" in given:
            parse(QueryDict(given["query"]))
            return Choice(ALL, (), given["query"]).ids(self.actor)
        codes = given["measures"]
        found = Choice(CHOSEN, codes, "").ids(self.actor)
        if len(found) < len(set(codes)):
            raise Invalid({"measures": [_("Some of these measures do not exist here.")]})
        return found


class _OneView(ApiView):
    """One of the caller's own changes."""

    def _edit(self, edit_id: UUID) -> BulkEdit:
        return edit_by_id(edit_id, by=self.actor)

    def _answered(self, edit: BulkEdit) -> Response:
        return self.answer(*edit_bodies([edit]))


class BulkEditView(_OneView):
    """One change of many measures."""

    @extend_schema(
        operation_id="bulk_edits_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=BulkEditSerializer,
    )
    def get(self, request: Request, tenant_slug: str, edit_id: UUID) -> Response:
        """How far it is, and how many measures come to what."""
        return self._answered(self._edit(edit_id))


class BulkEditRowsView(_OneView):
    """The measures of one change."""

    @extend_schema(
        operation_id="bulk_edits_rows",
        tags=TAGS,
        parameters=[BulkRowFilters],
        responses=page_of(BulkEditRowSerializer),
    )
    def get(self, request: Request, tenant_slug: str, edit_id: UUID) -> Response:
        """A page of its measures: before and after, or why it is refused."""
        edit = self._edit(edit_id)
        given = self.filters(BulkRowFilters)
        state = BulkRowState(given["state"]) if given.get("state") else None
        return self.page_of(rows_in(edit, state=state), Listing(BY_POSITION, given, row_bodies))


class BulkEditCheckView(_OneView):
    """Looking again before anything is written."""

    @extend_schema(
        operation_id="bulk_edits_check",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=BulkCheckSerializer,
        responses=BulkEditSerializer,
    )
    def post(self, request: Request, tenant_slug: str, edit_id: UUID) -> Response:
        """Check again, with or without the measures on which a request is open."""
        edit, seen = self._edit(edit_id), self.seen_version()
        given = self.parsed(BulkCheckSerializer)
        voids = given["voids_requests"]
        return self._answered(
            bulk_edit_check(edit=edit, seen_version=seen, voids_requests=voids, by=self.actor)
        )


class BulkEditApplyView(_OneView):
    """Writing what was shown."""

    @extend_schema(
        operation_id="bulk_edits_apply",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=BulkEditStepSerializer,
        responses=BulkEditSerializer,
    )
    def post(self, request: Request, tenant_slug: str, edit_id: UUID) -> Response:
        """Write it, each measure for itself; what somebody changed since is refused."""
        edit, seen = self._edit(edit_id), self.seen_version()
        self.parsed(BulkEditStepSerializer)
        return self._answered(bulk_edit_apply(edit=edit, seen_version=seen, by=self.actor))


class BulkEditUndoView(_OneView):
    """Taking it back."""

    @extend_schema(
        operation_id="bulk_edits_undo",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=BulkEditStepSerializer,
        responses=BulkEditSerializer,
    )
    def post(self, request: Request, tenant_slug: str, edit_id: UUID) -> Response:
        """Write back what stood before; what somebody changed since stays."""
        edit, seen = self._edit(edit_id), self.seen_version()
        self.parsed(BulkEditStepSerializer)
        return self._answered(bulk_edit_undo(edit=edit, seen_version=seen, by=self.actor))
