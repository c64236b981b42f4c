"""`delegations/`: the caller's own, given and carried (G7)."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.models import Delegation
from approvals.selectors import delegation_by_id, delegations_of
from approvals.services.delegations import (
    NOTE_LENGTH,
    DelegationDraft,
    delegation_give,
    delegation_revoke,
)
from governance.errors import Invalid, NotVisible
from governance.people.models import Membership
from governance.people.selectors import member_by_email
from governance.tree.selectors import node_by_code
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, page_of
from governance.web.pages import Order
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)

TAGS = ["delegations"]
LATEST = Order("ends", "ends_on", is_descending=True)


class DelegationSerializer(serializers.Serializer[Any]):
    """Somebody decides for somebody else, at a place and until a day."""

    id = serializers.UUIDField()
    delegator = PersonSerializer()
    delegate = PersonSerializer()
    place = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    revoked_at = InstantField(allow_null=True)
    version = serializers.IntegerField(min_value=1)


class DelegationBody(StrictSerializer):
    """A delegation to be; the delegator is the caller."""

    shown_as = DelegationSerializer

    delegate = serializers.EmailField(max_length=254)
    place = CodeField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    note = TextField(required=False, allow_blank=True, max_length=NOTE_LENGTH)


class NothingBody(StrictSerializer):
    """No field at all."""


def delegation_body(row: Delegation) -> dict[str, Any]:
    """The representation of `DelegationSerializer`."""
    return {
        "id": str(row.public_id),
        "delegator": _person(row.delegator),
        "delegate": _person(row.delegate),
        "place": row.place.code,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "note": row.note,
        "revoked_at": _instant(row.revoked_at),
        "version": row.version,
    }


def _instant(at: Any) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _person(member: Membership) -> dict[str, str]:
    return {"email": member.email, "name": member.name}


class DelegationListView(ApiView):
    """The caller's delegations."""

    @extend_schema(
        operation_id="delegations_list",
        tags=TAGS,
        parameters=[ListFilters],
        responses=page_of(DelegationSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Delegations the caller gave or carries, those that end last first."""
        rows = delegations_of(self.actor.membership_id or 0).order_by()
        listing = Listing(LATEST, self.filters(ListFilters), _bodies)
        return self.page_of(rows, listing)

    @extend_schema(
        operation_id="delegations_create",
        tags=TAGS,
        request=DelegationBody,
        responses={201: DelegationSerializer},
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Let somebody decide in the caller's place; it never defeats the segregation of duties."""
        given = self.parsed(DelegationBody)
        try:
            place = node_by_code(given.pop("place"), by=self.actor)
        except NotVisible as error:
            raise Invalid({"place": [_("There is no such place here.")]}) from error
        delegate = member_by_email(given.pop("delegate"), field="delegate")
        draft = DelegationDraft(delegate, place, **given)
        row = delegation_give(draft=draft, by=self.actor)
        kept = delegation_by_id(row.public_id, by=self.actor)
        address = reverse("api-delegation-detail", args=[self.tenant.slug, row.public_id])
        return self.answer(delegation_body(kept), status=201, location=address)


def _bodies(rows: list[Delegation]) -> list[dict[str, Any]]:
    return [delegation_body(row) for row in rows]


class DelegationView(ApiView):
    """One of the caller's delegations."""

    @extend_schema(
        operation_id="delegations_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=DelegationSerializer,
    )
    def get(self, request: Request, tenant_slug: str, delegation_id: UUID) -> Response:
        """One delegation that the caller gave or carries."""
        return self.answer(delegation_body(delegation_by_id(delegation_id, by=self.actor)))


class DelegationRevokeView(ApiView):
    """Ending a delegation."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="delegations_revoke",
        tags=TAGS,
        request=NothingBody,
        responses=DelegationSerializer,
    )
    def post(self, request: Request, tenant_slug: str, delegation_id: UUID) -> Response:
        """Take a delegation back, or lay down one that the caller carries; 409 when it is over."""
        self.parsed(NothingBody)
        row = delegation_by_id(delegation_id, by=self.actor)
        delegation_revoke(delegation=row, by=self.actor)
        return self.answer(delegation_body(delegation_by_id(delegation_id, by=self.actor)))
