"""`escalation-policies/` and their versions: what is in force, proposing, publishing (S5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.escalations.choices import Tier
from approvals.escalations.models import EscalationPolicy
from approvals.escalations.rules import MOST_DAYS, Days
from approvals.escalations.selectors import policies_in
from approvals.escalations.services.policies import (
    policy_propose,
    policy_publish,
    policy_withdraw,
)
from governance.api.versions import (
    NEWEST_FIRST,
    InForceSerializer,
    PublicationSerializer,
    VersionSerializer,
    in_force_body,
    version_body,
)
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force, version_numbered, versions_of
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.serializers import ListFilters, StrictSerializer

TAGS = ["escalations"]
NEW = OpenApiExample(
    "Milestones climb faster",
    value={"policies": [{"kind": "milestone", "steps": [{"tier": "owes", "after_days": 0}]}]},
    request_only=True,
)


class PolicyLevelSerializer(StrictSerializer):
    """After so many business days this part is told."""

    tier = serializers.ChoiceField(Tier.choices)
    after_days = serializers.IntegerField(min_value=0, max_value=MOST_DAYS)


class ChainSerializer(StrictSerializer):
    """The chain of one source."""

    kind = serializers.CharField(max_length=30)
    steps = PolicyLevelSerializer(many=True)


class PoliciesSerializer(serializers.Serializer[Any]):
    """What policies say, source by source."""

    policies = ChainSerializer(many=True)


class PolicyInForceSerializer(PoliciesSerializer, InForceSerializer):
    """The policies in force; `number` is null where the shipped ones hold."""


class PolicyVersionSerializer(PoliciesSerializer, VersionSerializer):
    """One version of the policies."""


class NewPolicySerializer(StrictSerializer):
    """A version to be proposed; a source that is not named is as it ships."""

    shown_as = PolicyVersionSerializer
    policies = ChainSerializer(many=True)


def policies_body(policies: Mapping[str, Days]) -> dict[str, Any]:
    return {
        "policies": [
            {
                "kind": source,
                "steps": [
                    {"tier": Tier(tier).value, "after_days": days}
                    for tier, days in sorted(chain.items(), key=lambda pair: pair[1])
                ],
            }
            for source, chain in sorted(policies.items())
        ]
    }


def version_bodies(rows: Iterable[EscalationPolicy]) -> list[dict[str, Any]]:
    """Representations of `PolicyVersionSerializer`."""
    return [version_body(row, policies_body(policies_in(row))) for row in rows]


class PoliciesView(ApiView):
    """The policies in force."""

    @extend_schema(
        operation_id="escalation_policies_retrieve", tags=TAGS, responses=PolicyInForceSerializer
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Who is told after how many business days, as it holds for what falls due now."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        row = version_in_force(EscalationPolicy)
        return self.answer(in_force_body(row, policies_body(policies_in(row))))


class PolicyVersionListView(ApiView):
    """All versions of the policies."""

    @extend_schema(
        operation_id="escalation_policy_versions_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(PolicyVersionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of versions, newest first."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ListFilters)
        return self.page_of(
            versions_of(EscalationPolicy), Listing(NEWEST_FIRST, given, version_bodies)
        )

    @extend_schema(
        operation_id="escalation_policy_versions_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewPolicySerializer,
        responses={201: PolicyVersionSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `escalation_policy_proposed` while another waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewPolicySerializer)
        said = {
            chain["kind"]: {Tier(one["tier"]): one["after_days"] for one in chain["steps"]}
            for chain in given["policies"]
        }
        row = policy_propose(said=said, by=self.actor)
        address = reverse("api-escalation-policy-version-detail", args=[tenant_slug, row.number])
        fresh = version_numbered(EscalationPolicy, row.number)
        return self.answer(*version_bodies([fresh]), status=201, location=address)


class PolicyVersionView(ApiView):
    """One version of the policies."""

    @extend_schema(
        operation_id="escalation_policy_versions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=PolicyVersionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, number: int) -> Response:
        """One version, whatever became of it."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return self.answer(*version_bodies([version_numbered(EscalationPolicy, number)]))

    @extend_schema(
        operation_id="escalation_policy_versions_delete",
        tags=TAGS,
        parameters=[IF_MATCH],
        responses={204: None},
    )
    def delete(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Withdraw a proposal; 409 `escalation_policy_not_proposed` for others."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        policy_withdraw(number=number, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class PolicyPublicationView(ApiView):
    """Bringing a proposal into force."""

    @extend_schema(
        operation_id="escalation_policy_versions_publish",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=PublicationSerializer,
        responses=PolicyVersionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, number: int) -> Response:
        """Publish; 403 `segregation_of_duties` for who proposed it (S5)."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        seen = self.seen_version()
        self.parsed(PublicationSerializer)
        policy_publish(number=number, seen_version=seen, by=self.actor)
        return self.answer(*version_bodies([version_numbered(EscalationPolicy, number)]))
