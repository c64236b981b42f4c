"""Measures as the API shows and takes them; the field names are the contract of version 1."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from rest_framework import serializers

from approvals.selectors import open_conditions_of, open_requests_of
from governance.audit.rules import plain
from governance.people.models import Membership
from governance.tree.models import Node
from governance.tree.selectors import ancestors_of
from governance.web.pages import spellings
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonField,
    PersonSerializer,
    StrictSerializer,
    TextField,
)
from initiatives.choices import LIVE, AmountName, GovernabilityField, Overlay, ShownOverlay, Stage
from initiatives.gates.position import SUBJECT
from initiatives.lights import lamps_of
from initiatives.models import Measure
from initiatives.rules import shown_overlay
from initiatives.selectors import ORDERS
from initiatives.services import DESCRIPTION_LENGTH, NAME_LENGTH
from initiatives.stage_models.choices import Track

ANY = "any"
NO_LIGHTS: dict[str, str | None] = {"implementation": None, "potential": None, "evidence": None}


class LightsSerializer(serializers.Serializer[Any]):
    """The three lights as they count; null where nothing derives them."""

    implementation = serializers.CharField(allow_null=True)
    potential = serializers.CharField(allow_null=True)
    evidence = serializers.CharField(allow_null=True)


class MeasureSerializer(serializers.Serializer[Any]):
    """A measure; people by e-mail and name, other things by their code."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    stage = serializers.ChoiceField(Stage.choices)
    doi = serializers.IntegerField(min_value=1, max_value=5)
    overlay = serializers.ChoiceField(ShownOverlay.choices)
    open_request = serializers.UUIDField(allow_null=True)
    open_conditions = serializers.ListField(child=serializers.UUIDField())
    measure_package = serializers.CharField()
    project = serializers.CharField()
    program = serializers.CharField()
    portfolio = serializers.CharField()
    owner = PersonSerializer(allow_null=True)
    sponsor = PersonSerializer(allow_null=True)
    controller = PersonSerializer(allow_null=True)
    business_unit = serializers.CharField(allow_null=True)
    function = serializers.CharField(allow_null=True)
    legal_entity = serializers.CharField(allow_null=True)
    forum = serializers.CharField(allow_null=True)
    receiver = PersonSerializer(allow_null=True)
    calculation_method = serializers.CharField(allow_blank=True)
    stage_model = serializers.CharField()
    track = serializers.ChoiceField(Track.choices)
    stage_since = InstantField()
    review_on = serializers.DateField(allow_null=True)
    rework_count = serializers.IntegerField(min_value=0)
    planned_start = serializers.DateField(allow_null=True)
    planned_end = serializers.DateField(allow_null=True)
    lights = LightsSerializer()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class MeasureFieldsSerializer(StrictSerializer):
    """What may be changed on a measure; null empties a field."""

    shown_as = MeasureSerializer

    name = TextField(max_length=NAME_LENGTH)
    description = TextField(required=False, allow_blank=True, max_length=DESCRIPTION_LENGTH)
    owner = PersonField(required=False)
    sponsor = PersonField(required=False)
    controller = PersonField(required=False)
    receiver = PersonField(required=False)
    calculation_method = TextField(required=False, allow_blank=True, max_length=DESCRIPTION_LENGTH)
    business_unit = CodeField(required=False, allow_null=True)
    function = CodeField(required=False, allow_null=True)
    legal_entity = CodeField(required=False, allow_null=True)
    forum = CodeField(required=False, allow_null=True)
    planned_start = serializers.DateField(required=False, allow_null=True)
    planned_end = serializers.DateField(required=False, allow_null=True)


class NewMeasureSerializer(MeasureFieldsSerializer):
    """A new measure: in a package, or directly under a project, in its default package (H5)."""

    measure_package = CodeField(required=False, help_text="Or `project`; exactly one.")
    project = CodeField(required=False, help_text="Takes the project's default package.")


class MeasureMoveSerializer(StrictSerializer):
    """Where a measure goes."""

    parent = CodeField(  # type: ignore[assignment]  # a field's name; DRF's own comes later
        help_text="A measure package, or a project for its default package."
    )


class MeasureFilterSerializer(ListFilters):
    """What a list of measures is narrowed to."""

    q = TextField(required=False, max_length=200, help_text="Words of code, name, description.")
    stage = serializers.ChoiceField(Stage.choices, required=False)
    overlay = serializers.ChoiceField(
        [*ShownOverlay.values, LIVE],
        required=False,
        help_text="As shown; `live` is what is neither on hold nor cancelled.",
    )
    owner = serializers.EmailField(required=False, max_length=254)
    portfolio = CodeField(required=False)
    program = CodeField(required=False)
    project = CodeField(required=False)
    measure_package = CodeField(required=False)
    missing = serializers.ChoiceField(
        [*GovernabilityField.values, ANY],
        required=False,
        help_text="Measures that lack this governability field.",
    )
    business_unit = CodeField(required=False)
    function = CodeField(required=False)
    legal_entity = CodeField(required=False)
    amount = serializers.ChoiceField(
        AmountName.choices,
        required=False,
        help_text="Measures that an amount of the headline metric is made of (F3).",
    )
    ordering = serializers.ChoiceField(spellings(ORDERS), required=False)


def measure_bodies(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """Representations of `MeasureSerializer`, with one query for the nodes above all of them."""
    rows = list(measures)
    nodes = ancestors_of(row.package for row in rows)
    ids = [row.pk for row in rows]
    requests = open_requests_of(SUBJECT, ids)
    conditions, lamps = open_conditions_of(SUBJECT, ids), lamps_of(rows)
    return [
        _measure_body(row, nodes, requests.get(row.pk), conditions.get(row.pk, []))
        | {"lights": NO_LIGHTS | dict(lamps.get(row.pk, {}))}
        for row in rows
    ]


def _measure_body(
    measure: Measure, nodes: dict[int, Node], request: UUID | None, conditions: list[UUID]
) -> dict[str, Any]:
    roles = ("owner", "sponsor", "controller", "receiver")
    people = {role: getattr(measure, role) for role in roles}
    coded = ("business_unit", "function", "legal_entity", "forum")
    return {
        "code": measure.code,
        "name": measure.name,
        "description": measure.description,
        "stage": measure.stage,
        "doi": measure.doi,
        "overlay": shown_overlay(
            Overlay(measure.overlay),
            is_asked_about=request is not None,
            has_conditions=bool(conditions),
        ),
        "open_request": str(request) if request else None,
        "open_conditions": [str(condition) for condition in conditions],
        **codes_above(measure.package, nodes),
        **{role: person_body(person) for role, person in people.items()},
        **{name: code_of(getattr(measure, name)) for name in coded},
        "calculation_method": measure.calculation_method,
        "stage_model": measure.stage_model.policy,
        "track": measure.track,
        "stage_since": text_of(measure.stage_since),
        "review_on": text_of(measure.review_on),
        "rework_count": measure.rework_count,
        "planned_start": text_of(measure.planned_start),
        "planned_end": text_of(measure.planned_end),
        "lights": NO_LIGHTS,
        "version": measure.version,
        "created_at": text_of(measure.created_at),
        "updated_at": text_of(measure.updated_at),
    }


def codes_above(node: Node, nodes: dict[int, Node]) -> dict[str, str]:
    """Codes of a node and its ancestors by level word, the lowest first, without the root."""
    line = [nodes[node_id] for node_id in reversed(node.ancestor_ids)]
    return {place.known_level.word: place.code for place in line if place.level}


def person_body(person: Membership | None) -> dict[str, str] | None:
    return None if person is None else {"email": person.email, "name": person.name}


def code_of(row: Any) -> str | None:
    return None if row is None else str(row.code)


def text_of(value: Any) -> str | None:
    """A day or an instant as text; instants in UTC with Z."""
    return None if value is None else str(plain(value))
