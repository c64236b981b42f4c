"""`segregation-of-duties/`: every rule with what breaks it now, or comes near."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.errors import Forbidden, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.selectors import root_node
from governance.web.apiviews import ApiView
from governance.web.serializers import InstantField
from initiatives.api.serializers import text_of
from initiatives.gates.duties import DUTIES, Duty, findings_of, is_checked


class ViolationSerializer(serializers.Serializer[Any]):
    """One row of data that breaks a rule, or comes near."""

    text = serializers.CharField()
    is_violation = serializers.BooleanField()
    measure = serializers.CharField(allow_null=True)
    request = serializers.UUIDField(allow_null=True)
    person = serializers.UUIDField(allow_null=True)


class RuleSerializer(serializers.Serializer[Any]):
    """One rule."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    enforced = serializers.CharField()
    is_checked = serializers.BooleanField()
    violations = serializers.IntegerField(min_value=0)
    findings = ViolationSerializer(many=True)


class SegregationSerializer(serializers.Serializer[Any]):
    """The whole report."""

    checked_at = InstantField()
    violations = serializers.IntegerField(min_value=0)
    rules = RuleSerializer(many=True)


def _require(by: Actor) -> None:
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    path = root_node().path
    if not any(by.may(right, path) for right in (Permission.AUDIT_VIEW, Permission.PEOPLE_VIEW)):
        raise Forbidden("forbidden", Permission.AUDIT_VIEW.label)


class SegregationView(ApiView):
    """The report on the segregation of duties."""

    http_method_names = ["get", "head", "options"]

    @extend_schema(
        operation_id="segregation_of_duties_retrieve",
        tags=["evidence"],
        responses=SegregationSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Rules S1 to S11 with what was found in the data now."""
        _require(self.actor)
        rules = [_rule(duty) for duty in DUTIES]
        return Response(
            {
                "checked_at": text_of(timezone.now()),
                "violations": sum(rule["violations"] for rule in rules),
                "rules": rules,
            }
        )


def _rule(duty: Duty) -> dict[str, Any]:
    found = findings_of(duty.code)
    return {
        "code": duty.code,
        "sentence": str(duty.sentence),
        "enforced": str(duty.enforced),
        "is_checked": is_checked(duty.code),
        "violations": sum(1 for one in found if one.is_violation),
        "findings": [
            {
                "text": one.text,
                "is_violation": one.is_violation,
                "measure": one.measure or None,
                "request": text_of(one.request_id),
                "person": text_of(one.person_id),
            }
            for one in found
        ],
    }
