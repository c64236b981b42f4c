"""People, grants, master data and audit events as the API shows and takes them."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.rules import body_hash
from governance.audit.selectors import seals_for
from governance.masterdata.choices import Seat
from governance.masterdata.models import Forum, ForumMember, MasterData
from governance.masterdata.services import CODE_LENGTH, MAX_QUORUM, NAME_LENGTH
from governance.people.choices import MembershipKind, PersonState, Role
from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.web.serializers import (
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)

EMAIL_LENGTH = 254


# --- people -----------------------------------------------------------------------------------


class HeldRoleSerializer(serializers.Serializer[Any]):
    """A role that a person holds, and where."""

    role = serializers.ChoiceField(Role.choices)
    node = serializers.CharField(help_text="Code of the place; it holds for everything below.")
    valid_until = serializers.DateField(allow_null=True)


class MemberSerializer(serializers.Serializer[Any]):
    """A person in this tenant; `roles` are those that reach what the caller sees."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(MembershipKind.choices)
    firm = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)
    ended_at = InstantField(allow_null=True)
    is_live = serializers.BooleanField()
    roles = HeldRoleSerializer(many=True)
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class TermsSerializer(StrictSerializer):
    """On what terms somebody belongs here; a consultant names a firm (S7)."""

    kind = serializers.ChoiceField(MembershipKind.choices, required=False)
    firm = TextField(max_length=200, required=False, allow_blank=True)
    valid_until = serializers.DateField(required=False, allow_null=True)


class NewMemberSerializer(TermsSerializer):
    """A person to be added; an unknown address is invited by mail."""

    email = serializers.EmailField(max_length=EMAIL_LENGTH)
    name = TextField(max_length=200)


class MemberFilters(ListFilters):
    """What the list of people is narrowed by; without `state` only members of today."""

    q = TextField(required=False, max_length=100, help_text="A part of name, address or firm.")
    role = serializers.ChoiceField(Role.choices, required=False)
    kind = serializers.ChoiceField(MembershipKind.choices, required=False)
    state = serializers.ChoiceField(PersonState.choices, required=False)


class GrantSerializer(serializers.Serializer[Any]):
    """A role on a place in the tree."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(Role.choices)
    node = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)
    granted_by = PersonSerializer(allow_null=True)
    granted_at = InstantField()
    is_pending = serializers.BooleanField(
        help_text="Waits for a second granter of the function and gives no rights yet (S6)."
    )


class NewGrantSerializer(StrictSerializer):
    """A role to be granted; granting it again moves its end date."""

    role = serializers.ChoiceField(Role.choices)
    node = CodeField(help_text="A visible code, or the tenant's slug for the whole tree.")
    valid_until = serializers.DateField(required=False, allow_null=True)


def person_body(member: Membership) -> dict[str, str]:
    return {"email": member.email, "name": member.name}


def member_body(member: Membership, grants: Iterable[NodeGrant]) -> dict[str, Any]:
    """The representation of `MemberSerializer`."""
    return {
        "id": str(member.public_id),
        **person_body(member),
        "kind": member.kind,
        "firm": member.firm,
        "valid_until": member.valid_until,
        "ended_at": member.ended_at,
        "is_live": member.is_live,
        "roles": [
            {
                "role": grant.role.value,
                "node": grant.node.code,
                "valid_until": grant.valid_until,
            }
            for grant in grants
        ],
        "version": member.version,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
    }


def grant_bodies(grants: Iterable[NodeGrant]) -> list[dict[str, Any]]:
    """Representations of `GrantSerializer`."""
    return [
        {
            "id": str(grant.public_id),
            "role": grant.role.value,
            "node": grant.node.code,
            "valid_until": grant.valid_until,
            "granted_by": person_body(grant.granted_by) if grant.granted_by else None,
            "granted_at": grant.granted_at,
            "is_pending": grant.is_pending,
        }
        for grant in grants
    ]


# --- master data ------------------------------------------------------------------------------


class EntrySerializer(serializers.Serializer[Any]):
    """An entry of master data."""

    code = serializers.CharField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField(min_value=1)
    created_at = InstantField()
    updated_at = InstantField()


class ForumSerializer(EntrySerializer):
    """A forum: so many of its members must take part."""

    quorum = serializers.IntegerField(min_value=1)


class EntryFieldsSerializer(StrictSerializer):
    """What may be changed on an entry; its code stays."""

    name = TextField(max_length=NAME_LENGTH)
    is_active = serializers.BooleanField(required=False)


class ForumFieldsSerializer(EntryFieldsSerializer):
    """What may be changed on a forum."""

    quorum = serializers.IntegerField(required=False, min_value=1, max_value=MAX_QUORUM)


class NewEntrySerializer(StrictSerializer):
    """A new entry; it starts active."""

    code = TextField(max_length=CODE_LENGTH)
    name = TextField(max_length=NAME_LENGTH)


class NewForumSerializer(NewEntrySerializer):
    """A new forum."""

    quorum = serializers.IntegerField(required=False, min_value=1, max_value=MAX_QUORUM)


class EntryFilters(ListFilters):
    """What a list of master data is narrowed by."""

    q = TextField(required=False, max_length=100, help_text="A part of code or name.")
    is_active = serializers.BooleanField(required=False)


class SeatSerializer(serializers.Serializer[Any]):
    """Who sits in a forum; `id` is that of the person."""

    id = serializers.UUIDField()
    person = PersonSerializer()
    seat = serializers.ChoiceField(Seat.choices)
    is_pending = serializers.BooleanField(
        help_text="Whether it still waits for another member's confirmation (S6)."
    )


class NewSeatSerializer(StrictSerializer):
    """A seat for a member of the tenant."""

    person = serializers.EmailField(max_length=EMAIL_LENGTH)
    seat = serializers.ChoiceField(Seat.choices, required=False)


def entry_bodies(rows: Iterable[MasterData]) -> list[dict[str, Any]]:
    """Representations of `EntrySerializer`, and of `ForumSerializer` for forums."""
    return [_entry_body(row) for row in rows]


def _entry_body(row: MasterData) -> dict[str, Any]:
    body = {
        "code": row.code,
        "name": row.name,
        "is_active": row.is_active,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    return body | {"quorum": row.quorum} if isinstance(row, Forum) else body


def seat_bodies(seats: Iterable[ForumMember]) -> list[dict[str, Any]]:
    """Representations of `SeatSerializer`."""
    return [
        {
            "id": str(seat.membership.public_id),
            "person": person_body(seat.membership),
            "seat": seat.seat,
            "is_pending": seat.is_pending,
        }
        for seat in seats
    ]


# --- audit ------------------------------------------------------------------------------------


class SealSerializer(serializers.Serializer[Any]):
    """The batch of the chain an event stands in, and that batch's hash."""

    batch = serializers.IntegerField(min_value=1)
    hash = serializers.CharField()


class AuditEventSerializer(serializers.Serializer[Any]):
    """One event. `body` is the very text that was hashed: canonical JSON, to be read as JSON."""

    id = serializers.UUIDField()
    body = serializers.CharField()
    body_hash = serializers.CharField(help_text="SHA-256 of the body's UTF-8 bytes, in hex.")
    recorded_at = InstantField()
    seal = SealSerializer(allow_null=True)


class AuditEventFilters(ListFilters):
    """What the trail is narrowed by; newest first."""

    subject = TextField(required=False, max_length=200, help_text="A code or id, as in the body.")
    subject_type = TextField(required=False, max_length=40)
    actor = TextField(required=False, max_length=EMAIL_LENGTH, help_text="An e-mail address.")
    action = serializers.ChoiceField(AuditAction.choices, required=False)
    after = InstantField(required=False, help_text="From this instant on.")
    before = InstantField(required=False, help_text="Up to this instant, without it.")


def event_bodies(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Representations of `AuditEventSerializer`; two queries for all seals."""
    rows = list(events)
    seals = seals_for(rows)
    return [
        {
            "id": event.public_id,
            "body": event.body,
            "body_hash": body_hash(event.body),
            "recorded_at": event.recorded_at,
            "seal": dict(zip(("batch", "hash"), seals[event.pk], strict=True))
            if event.pk in seals
            else None,
        }
        for event in rows
    ]
