"""`people/` and the roles they hold: list, add, change, end, grant, revoke."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import (
    GrantSerializer,
    MemberFilters,
    MemberSerializer,
    NewGrantSerializer,
    NewMemberSerializer,
    TermsSerializer,
    grant_bodies,
    member_body,
)
from governance.errors import Invalid, NotVisible
from governance.people.choices import MembershipKind, Permission, PersonState, Role
from governance.people.models import Membership
from governance.people.selectors import SORT_NAME, membership_by_id, people
from governance.people.services import Person, Terms, membership_create
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import (
    grant_by_id,
    grants_by_person,
    grants_of,
    holders_of,
    pending_grants,
)
from governance.permissions.services import (
    member_change,
    member_leave,
    role_grant,
    role_revoke,
)
from governance.permissions.services_confirm import grant_confirm, grant_refuse
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters, StrictSerializer

TAGS = ["people"]
BY_NAME = Order("name", "sort_name", expression=SORT_NAME)
BY_GRANT = Order("id", "id")
NEW = OpenApiExample(
    "A consultant",
    value={
        "email": "eva@firm.example",
        "name": "Eva Brook",
        "kind": "consultant",
        "firm": "Brook & Partners",
        "valid_until": "2027-06-30",
    },
    request_only=True,
)
GRANT = OpenApiExample(
    "On a program", value={"role": "controller", "node": "PG-003"}, request_only=True
)


class PeopleApi(ApiView):
    """What all views of people need."""

    def member(self, person_id: UUID) -> Membership:
        """A member the caller may look at; himself always."""
        row = membership_by_id(str(person_id))
        if row.pk != self.actor.membership_id:
            self.actor.require_anywhere(Permission.PEOPLE_VIEW)
        return row

    def bodies(self, members: Iterable[Membership]) -> list[dict[str, Any]]:
        rows = list(members)
        held = grants_by_person([row.pk for row in rows], by=self.actor)
        return [member_body(row, self.grants(row, held)) for row in rows]

    def grants(self, row: Membership, held: dict[int, list[NodeGrant]]) -> Iterable[NodeGrant]:
        is_oneself = row.pk == self.actor.membership_id
        return grants_of(row) if is_oneself else held.get(row.pk, [])

    def place(self, code: str) -> Node:
        try:
            return node_by_code(code, by=self.actor)
        except NotVisible as error:
            text = _("There is no place with the code %(code)s.") % {"code": code}
            raise Invalid({"node": [text]}) from error


class PeopleListView(PeopleApi):
    """Everybody who belongs to the tenant."""

    @extend_schema(
        operation_id="people_list",
        tags=TAGS,
        parameters=[MemberFilters],
        responses=page_of(MemberSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of people, by name; members of today unless `state` says otherwise."""
        self.actor.require_anywhere(Permission.PEOPLE_VIEW)
        given = self.filters(MemberFilters)
        rows: QuerySet[Membership] = people(
            text=given.get("q", ""),
            kind=given.get("kind", ""),
            state=PersonState(given.get("state", PersonState.LIVE)),
        )
        if "role" in given:
            rows = rows.filter(pk__in=holders_of(Role(given["role"])))
        return self.page_of(rows, Listing(BY_NAME, given, self.bodies))

    @extend_schema(
        operation_id="people_create",
        tags=TAGS,
        parameters=[ETAG],
        request=NewMemberSerializer,
        responses={201: MemberSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Add a person; somebody new is invited by mail. 409 `already_a_member`."""
        self.actor.require_anywhere(Permission.PEOPLE_MANAGE)
        given = self.parsed(NewMemberSerializer)
        terms = terms_in(given)
        person = Person(given["email"], given["name"], terms.kind, terms.firm, terms.valid_until)
        row = membership_create(person=person, by=self.actor)
        row = membership_by_id(str(row.public_id))
        address = reverse("api-people-detail", args=[tenant_slug, row.public_id])
        return self.answer(*self.bodies([row]), status=201, location=address)


class PersonView(PeopleApi):
    """One person."""

    @extend_schema(
        operation_id="people_retrieve", tags=TAGS, parameters=[ETAG], responses=MemberSerializer
    )
    def get(self, request: Request, tenant_slug: str, person_id: UUID) -> Response:
        """One person, also a former member."""
        return self.answer(*self.bodies([self.member(person_id)]))

    @extend_schema(
        operation_id="people_update",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=TermsSerializer,
        responses=MemberSerializer,
    )
    def patch(self, request: Request, tenant_slug: str, person_id: UUID) -> Response:
        """Change kind, firm or end date; name and address belong to the person."""
        row = self.member(person_id)
        self.actor.require_anywhere(Permission.PEOPLE_MANAGE)
        seen = self.seen_version()
        terms = terms_in(self.parsed(TermsSerializer, partial=True), row)
        member_change(membership=row, terms=terms, seen_version=seen, by=self.actor)
        return self.answer(*self.bodies([membership_by_id(str(person_id))]))

    @extend_schema(
        operation_id="people_delete", tags=TAGS, parameters=[IF_MATCH], responses={204: None}
    )
    def delete(self, request: Request, tenant_slug: str, person_id: UUID) -> Response:
        """End a membership: tokens, roles and seats go with it, history stays."""
        row = self.member(person_id)
        self.actor.require_anywhere(Permission.PEOPLE_MANAGE)
        member_leave(membership=row, seen_version=self.seen_version(), by=self.actor)
        return Response(status=204)


class GrantListView(PeopleApi):
    """The roles of one person."""

    @extend_schema(
        operation_id="people_grants_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(GrantSerializer),
    )
    def get(self, request: Request, tenant_slug: str, person_id: UUID) -> Response:
        """The live grants of a person that reach what the caller sees, pending ones too."""
        row = self.member(person_id)
        given = self.filters(ListFilters)
        held = grants_by_person([row.pk], by=self.actor)
        shown = [grant.pk for grant in self.grants(row, held)]
        shown += pending_grants(self.actor).filter(membership=row).values_list("pk", flat=True)
        seen = NodeGrant.objects.filter(pk__in=shown)
        rows = seen.select_related("permission", "content_object", "granted_by__user")
        return self.page_of(rows, Listing(BY_GRANT, given, grant_bodies))

    @extend_schema(
        operation_id="people_grants_create",
        tags=TAGS,
        request=NewGrantSerializer,
        responses={201: GrantSerializer},
        examples=[GRANT],
    )
    def post(self, request: Request, tenant_slug: str, person_id: UUID) -> Response:
        """Grant a role, pending where it needs a second granter (S6).

        422 `grant_to_oneself` (S6), `consultant_never_decides` (S7).
        """
        row = self.member(person_id)
        self.actor.require_anywhere(Permission.ROLE_GRANT)
        given = self.parsed(NewGrantSerializer)
        grant = role_grant(
            membership=row,
            role=Role(given["role"]),
            node=self.place(given["node"]),
            valid_until=given.get("valid_until"),
            by=self.actor,
        )
        return self.answer(*grant_bodies([grant]), status=201)


class GrantView(PeopleApi):
    """One role of one person."""

    @extend_schema(operation_id="people_grants_delete", tags=TAGS, responses={204: None})
    def delete(
        self, request: Request, tenant_slug: str, person_id: UUID, grant_id: UUID
    ) -> Response:
        """Take a role back at once."""
        self.member(person_id)
        self.actor.require_anywhere(Permission.ROLE_GRANT)
        grant = grant_by_id(str(grant_id), person_id=str(person_id))
        role_revoke(grant_id=str(grant.public_id), by=self.actor)
        return Response(status=204)


class ConfirmationSerializer(StrictSerializer):
    """Nothing: the address says which grant."""


class GrantConfirmView(ApiView):
    """Confirming a pending role."""

    @extend_schema(
        operation_id="people_grants_confirm",
        tags=TAGS,
        request=ConfirmationSerializer,
        responses=GrantSerializer,
    )
    def post(self, request: Request, tenant_slug: str, person_id: UUID, grant_id: UUID) -> Response:
        """Let it take effect (S6); 403 `segregation_of_duties`, 409 `grant_not_pending`."""
        self.parsed(ConfirmationSerializer)
        found = grant_by_id(str(grant_id), person_id=str(person_id))
        grant_confirm(grant_id=str(found.public_id), by=self.actor)
        fresh = NodeGrant.objects.select_related("permission", "content_object", "granted_by__user")
        return self.answer(*grant_bodies(fresh.filter(pk=found.pk)))


class GrantRefuseView(ApiView):
    """Refusing a pending role."""

    @extend_schema(
        operation_id="people_grants_refuse",
        tags=TAGS,
        request=ConfirmationSerializer,
        responses={204: None},
    )
    def post(self, request: Request, tenant_slug: str, person_id: UUID, grant_id: UUID) -> Response:
        """Turn it down (S6); raises as confirming does."""
        self.parsed(ConfirmationSerializer)
        found = grant_by_id(str(grant_id), person_id=str(person_id))
        grant_refuse(grant_id=str(found.public_id), by=self.actor)
        return Response(status=204)


def terms_in(given: dict[str, Any], row: Membership | None = None) -> Terms:
    """The terms that a body asks for over those that stand; raises `Invalid` (S7)."""
    standing = {
        "kind": row.kind if row else MembershipKind.INTERNAL,
        "firm": row.firm if row else "",
        "valid_until": row.valid_until if row else None,
    }
    wanted = standing | {field: given[field] for field in standing if field in given}
    terms = Terms(MembershipKind(wanted["kind"]), wanted["firm"], wanted["valid_until"])
    if terms.kind == MembershipKind.CONSULTANT and not terms.firm:
        raise Invalid({"firm": [_("Name the firm that the consultant comes from.")]})
    return terms
