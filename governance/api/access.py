"""`access/`: who sees a place, what a person sees, and why (N3)."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import EMAIL_LENGTH, GrantSerializer, grant_bodies, person_body
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, RightKind, Role
from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.permissions.places import Place
from governance.permissions.rules_access import Right, Standing, Why
from governance.permissions.selectors_access import (
    Question,
    Reached,
    audience_of,
    audience_rows,
    explained,
    holding_of,
    question_of,
)
from governance.permissions.sentences import reason_text, verdict_text
from governance.web.apiviews import ApiView
from governance.web.pages import Order, keyset_page
from governance.web.serializers import CodeField, ListFilters, TextField

BY_AUDIENCE = Order("audience", "rank_name")


class AccessFilters(ListFilters):
    """What is asked about: a place, a person, or both; pages are those of a place alone."""

    node = CodeField(required=False, help_text="The code of a node or measure you can see.")
    person = TextField(required=False, max_length=EMAIL_LENGTH, help_text="An e-mail address.")


class PlaceSerializer(serializers.Serializer[Any]):
    """A node or measure."""

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="`tenant`, `portfolio` … `measure_package`, `measure`.")


class AskedPersonSerializer(serializers.Serializer[Any]):
    """A person and how they belong here."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(MembershipKind.choices)
    firm = serializers.CharField()


class ReasonSerializer(serializers.Serializer[Any]):
    """A reason for the verdict, stable as a code and readable as a text."""

    code = serializers.ChoiceField([why.value for why in Why])
    text = serializers.CharField()
    grant = serializers.UUIDField(allow_null=True)


class RightSerializer(serializers.Serializer[Any]):
    """Something that may be done at the place, and by which roles."""

    permission = serializers.ChoiceField(Permission.choices)
    text = serializers.CharField(help_text="The right in words.")
    group = serializers.ChoiceField(RightKind.choices)
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class ReachedSerializer(serializers.Serializer[Any]):
    """A person at the place: whether they see it, why, and what they may do there."""

    person = AskedPersonSerializer()
    sees = serializers.BooleanField()
    verdict = serializers.CharField(help_text="The answer as a sentence.")
    reasons = ReasonSerializer(many=True)
    grants = GrantSerializer(many=True)
    rights = RightSerializer(many=True)


class StepSerializer(serializers.Serializer[Any]):
    """A step from the root down to the place, with the person's grants on it."""

    place = PlaceSerializer()
    grants = GrantSerializer(many=True)


class HoldingSerializer(serializers.Serializer[Any]):
    """Everything that a person sees; `standing` is `live` or what keeps them out."""

    person = AskedPersonSerializer()
    standing = serializers.ChoiceField([standing.value for standing in Standing])
    grants = GrantSerializer(many=True)
    no_longer = GrantSerializer(many=True)


class AccessSerializer(serializers.Serializer[Any]):
    """The answer; parts that were not asked for are null.

    A place alone fills `audience` and `no_longer`, a page at a time, first who sees it;
    a person alone `holding`, both together `explanation` and `chain`.
    """

    place = PlaceSerializer(allow_null=True)
    audience = ReachedSerializer(many=True, allow_null=True)
    no_longer = ReachedSerializer(many=True, allow_null=True)
    next = serializers.URLField(allow_null=True, help_text="More of the audience.")
    previous = serializers.URLField(allow_null=True)
    holding = HoldingSerializer(allow_null=True)
    explanation = ReachedSerializer(allow_null=True)
    chain = StepSerializer(many=True, allow_null=True)


class AccessView(ApiView):
    """The access explainer."""

    @extend_schema(
        operation_id="access_retrieve",
        tags=["people"],
        parameters=[AccessFilters],
        responses=AccessSerializer,
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Who sees a place, what a person sees, or why a person sees a place or does not.

        Everybody may ask about himself; other questions need `people.view` over the place.
        """
        given = self.filters(AccessFilters)
        node, person = given.get("node", ""), given.get("person", "")
        if not node and not person:
            self.actor.require_anywhere(Permission.PEOPLE_VIEW)
            raise Invalid({"node": [_("Name a place, a person or both.")]})
        asked = question_of(node, person, by=self.actor)
        paging = [name for name in ("cursor", "limit") if person and name in given]
        if paging:
            text = _("Only a place alone is answered in pages.")
            raise Invalid({name: [text] for name in paging})
        body = _body(asked, self.actor)
        if asked.place and not asked.person:
            body |= self._audience(asked.place, given)
        return Response(body)

    def _audience(self, place: Place, given: dict[str, Any]) -> dict[str, Any]:
        cursor, limit = given.get("cursor", ""), given.get("limit", 0)
        page = keyset_page(audience_rows(place), order=BY_AUDIENCE, cursor=cursor, limit=limit)
        found = audience_of(place, page.rows)
        return {
            "audience": [_reached(one, place) for one in found.sees],
            "no_longer": [_reached(one, place) for one in found.no_longer],
            "next": self._link(page.next),
            "previous": self._link(page.previous),
        }


def _body(asked: Question, by: Actor) -> dict[str, Any]:
    """The representation of `AccessSerializer` but for an audience."""
    place, person = asked.place, asked.person
    body: dict[str, Any] = dict.fromkeys(AccessSerializer().fields)
    body["place"] = _place(place) if place else None
    if place and person:
        found = explained(person, place, by=by)
        body["explanation"] = _reached(found.reached, place)
        body["chain"] = [
            {"place": _place(link.place), "grants": grant_bodies(link.grants)}
            for link in found.chain
        ]
    elif person:
        holding = holding_of(person, by=by)
        body["holding"] = {
            "person": _person(person),
            "standing": holding.standing.value,
            "grants": grant_bodies(holding.live),
            "no_longer": grant_bodies(holding.no_longer),
        }
    return body


def _place(place: Place) -> dict[str, str]:
    return {"code": place.code, "name": place.name, "kind": place.kind}


def _person(member: Membership) -> dict[str, str]:
    terms = {"kind": member.kind, "firm": member.firm}
    return {"id": str(member.public_id), **person_body(member), **terms}


def _reached(one: Reached, place: Place) -> dict[str, Any]:
    return {
        "person": _person(one.member),
        "sees": one.verdict.sees,
        "verdict": verdict_text(one.member, place, one.verdict),
        "reasons": [
            {
                "code": reason.why.value,
                "text": reason_text(reason, one.member, place),
                "grant": _id(reason.grant),
            }
            for reason in one.verdict.reasons
        ],
        "grants": grant_bodies(one.verdict.grants),
        "rights": _rights(one.rights),
    }


def _id(grant: NodeGrant | None) -> str | None:
    return str(grant.public_id) if grant is not None else None


def _rights(rights: Iterable[Right]) -> list[dict[str, Any]]:
    return [
        {
            "permission": right.permission.value,
            "text": str(right.permission.label),
            "group": right.kind.value,
            "roles": [role.value for role in right.roles],
        }
        for right in rights
    ]
