"""`stage-models/`: versions to read, propose, publish and discard (S5)."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.api.serializers import person_body, text_of
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.models import STANDARD_CODE, StageModelVersion
from initiatives.stage_models.selectors import version_by, versions
from initiatives.stage_models.services import (
    NAME_LENGTH,
    NOTE_LENGTH,
    VersionDraft,
    version_discard,
    version_propose,
    version_publish,
)

TAGS = ["stage models"]
NEWEST_FIRST = Order("id", "id", is_descending=True)


class StageModelSerializer(serializers.Serializer[Any]):
    """One version of a stage model."""

    code = serializers.CharField()
    number = serializers.IntegerField(min_value=1)
    name = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(ModelState.choices)
    definition = serializers.JSONField()
    proposed_by = PersonSerializer(allow_null=True)
    published_by = PersonSerializer(allow_null=True)
    published_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)


class VersionBody(StrictSerializer):
    """A version to be."""

    shown_as = StageModelSerializer

    name = TextField(max_length=NAME_LENGTH)
    note = TextField(required=False, allow_blank=True, max_length=NOTE_LENGTH)
    code = CodeField(required=False)
    definition = serializers.DictField()


class EmptyBody(StrictSerializer):
    """No field at all."""


def version_body(row: StageModelVersion) -> dict[str, Any]:
    """The representation of `StageModelSerializer`."""
    plain = ("code", "number", "name", "note", "state", "version")
    return {
        **{name: getattr(row, name) for name in plain},
        "definition": row.plain,
        "proposed_by": person_body(row.proposed_by),
        "published_by": person_body(row.published_by),
        "published_at": text_of(row.published_at),
    }


def _require_sight(by: Actor) -> None:
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible


class StageModelListView(ApiView):
    """All versions."""

    @extend_schema(
        operation_id="stage_models_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(StageModelSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Versions of the stage models, newest first."""
        _require_sight(self.actor)
        listing = Listing(NEWEST_FIRST, self.filters(ListFilters), _bodies)
        return self.page_of(versions().order_by(), listing)

    @extend_schema(
        operation_id="stage_models_create",
        tags=TAGS,
        request=VersionBody,
        responses={201: StageModelSerializer},
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version; errors name their path in the definition."""
        _require_sight(self.actor)
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(VersionBody)
        draft = VersionDraft(
            given["name"],
            given["definition"],
            given.get("note", ""),
            given.get("code", STANDARD_CODE),
        )
        row = version_propose(draft=draft, by=self.actor)
        address = reverse("api-stage-model-detail", args=[self.tenant.slug, row.code, row.number])
        kept = version_by(row.code, row.number)
        return self.answer(version_body(kept), status=201, location=address)


def _bodies(rows: list[StageModelVersion]) -> list[dict[str, Any]]:
    return [version_body(row) for row in rows]


class StageModelView(ApiView):
    """One version."""

    @extend_schema(
        operation_id="stage_models_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=StageModelSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str, number: int) -> Response:
        """One version with its definition."""
        _require_sight(self.actor)
        return self.answer(version_body(version_by(code, number)))

    @extend_schema(
        operation_id="stage_models_destroy",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, code: str, number: int) -> Response:
        """Discard a draft; a published version stays for good."""
        _require_sight(self.actor)
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        seen = self.seen_version()
        version_discard(version=version_by(code, number), seen_version=seen, by=self.actor)
        return Response(status=204)


class StageModelPublishView(ApiView):
    """Publishing a draft."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="stage_models_publish",
        tags=TAGS,
        request=EmptyBody,
        responses=StageModelSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str, number: int) -> Response:
        """Publish as a second person; 403 `segregation_of_duties` S5 for the proposer."""
        _require_sight(self.actor)
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        self.parsed(EmptyBody)
        version_publish(version=version_by(code, number), by=self.actor)
        return self.answer(version_body(version_by(code, number)))
