"""`escalation-policies/` and their versions: what is in force, proposing, publishing (S5)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.escalations.choices import Tier
from approvals.escalations.models import EscalationPolicy
from approvals.escalations.rules import MOST_DAYS, Days
from approvals.escalations.selectors import policies_in
from approvals.escalations.services.policies import POLICIES, policy_propose
from governance.api.version_views import (
    SettingPublicationView,
    SettingVersionListView,
    SettingVersionView,
    VersionApi,
    VersionSchema,
)
from governance.api.versions import InForceSerializer, VersionSerializer, in_force_body
from governance.people.choices import Permission
from governance.versions.selectors import version_in_force
from governance.web.apiviews import ApiView
from governance.web.serializers import StrictSerializer

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


def content_body(row: EscalationPolicy) -> dict[str, Any]:
    return policies_body(policies_in(row))


API = VersionApi(POLICIES, content_body, "api-escalation-policy-version-detail")
SCHEMA = VersionSchema("escalation_policy", TAGS, PolicyVersionSerializer, NewPolicySerializer, NEW)


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


@SCHEMA.listed
class PolicyVersionListView(SettingVersionListView):
    """All versions of the policies."""

    api = API

    def post(self, request: Request, tenant_slug: str) -> Response:
        """Propose the next version (S5); 409 `escalation_policy_proposed` while another waits."""
        self.actor.require_anywhere(Permission.GOVERNANCE_MANAGE)
        given = self.parsed(NewPolicySerializer)
        said = {
            chain["kind"]: {Tier(one["tier"]): one["after_days"] for one in chain["steps"]}
            for chain in given["policies"]
        }
        return self.proposed(policy_propose(said=said, by=self.actor).number)


@SCHEMA.single
class PolicyVersionView(SettingVersionView):
    """One version of the policies."""

    api = API


@SCHEMA.publication
class PolicyPublicationView(SettingPublicationView):
    """Bringing proposed policies into force."""

    api = API
