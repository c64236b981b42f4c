"""Adding people, ending memberships, creating and revoking API tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, TokenScope
from governance.people.models import ApiToken, Membership, User
from governance.people.rules import token_hash, token_text
from governance.tenancy.models import Tenant
from governance.text import one_line, text_fault

NAME_LENGTH = 200
MAX_TOKEN_DAYS = 366


@dataclass(frozen=True, slots=True)
class Person:
    """A person to be added to a tenant."""

    email: str
    name: str
    kind: MembershipKind = MembershipKind.INTERNAL
    firm: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its text, which is shown once and never again."""

    token: ApiToken
    text: str


def membership_subject(membership: Membership) -> Subject:
    return Subject("membership", str(membership.public_id), membership.name)


@transaction.atomic
def membership_create(*, person: Person, by: Actor) -> Membership:
    """Add a person to the active tenant; an unknown address gets a log-in and an invitation.

    Raises `Invalid` by field, `Conflict("already_a_member")`.
    """
    by.require_anywhere(Permission.PEOPLE_MANAGE)
    email, name = _checked(person)
    user = User.objects.filter(email__iexact=email).first()
    is_new = user is None
    if user is None:
        user = User(email=email, name=name)
        user.set_unusable_password()
        user.save()
    if Membership.objects.filter(user=user, ended_at__isnull=True).exists():
        raise Conflict("already_a_member")
    membership, _created = Membership.objects.update_or_create(
        user=user,
        defaults={
            "kind": person.kind,
            "firm": person.firm,
            "valid_until": person.valid_until,
            "ended_at": None,
        },
    )
    changes = {"name": [None, user.name], "email": [None, user.email], "kind": [None, person.kind]}
    record(
        AuditAction.MEMBERSHIP_CREATED,
        subject=membership_subject(membership),
        by=by,
        changes=changes,
    )
    payload = {"membership": membership.public_id, "is_new_user": is_new}
    publish("membership.created", key=str(membership.public_id), payload=payload)
    return membership


def _checked(person: Person) -> tuple[str, str]:
    email, name = person.email.strip(), one_line(person.name)
    errors = {}
    try:
        validate_email(email)
    except ValidationError:
        errors["email"] = [_("Enter a complete e-mail address, such as name@example.com.")]
    if fault := text_fault(name, limit=NAME_LENGTH):
        errors["name"] = [fault]
    if errors:
        raise Invalid(errors)
    return email, name


@transaction.atomic
def membership_end(*, membership: Membership, seen_version: int, by: Actor) -> Membership:
    """End a membership today: sign-in to this tenant and its tokens stop at once."""
    by.require_anywhere(Permission.PEOPLE_MANAGE)
    row = Membership.objects.lock().select_related("user").get(pk=membership.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if row.pk == by.membership_id:
        raise Forbidden("not_oneself")
    row.ended_at = timezone.now()
    row.touched().save()
    ApiToken.objects.filter(membership=row, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    record(AuditAction.MEMBERSHIP_ENDED, subject=membership_subject(row), by=by)
    return row


@transaction.atomic
def token_create(
    *, membership: Membership, name: str, scopes: Sequence[TokenScope], days: int, by: Actor
) -> NewToken:
    """Create a token for one's own membership (or, by command, for anyone's).

    The text is `tg_<tenant>_<secret>`: it carries its tenant, so that it is checked there first.
    """
    if by.membership_id is not None and by.membership_id != membership.pk:
        raise Forbidden("tokens_are_personal")
    if not scopes or not 0 < days <= MAX_TOKEN_DAYS:
        raise Invalid({"scopes": [_("Choose at least one scope and 1 to 366 days.")]})
    tenant = Tenant.objects.get(pk=membership.tenant_id)
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        membership=membership,
        name=one_line(name)[:100],
        scopes=[scope.value for scope in scopes],
        secret_hash=token_hash(secret),
        expires_at=timezone.now() + timedelta(days=days),
    )
    subject = Subject("api_token", str(token.public_id), token.name)
    changes = {"scopes": [None, " ".join(token.scopes)], "person": [None, membership.email]}
    record(AuditAction.TOKEN_CREATED, subject=subject, by=by, changes=changes)
    return NewToken(token, token_text(tenant.public_id, secret))


@transaction.atomic
def token_revoke(*, token_id: str, by: Actor) -> None:
    """Revoke one's own token."""
    token = (
        ApiToken.objects.lock()
        .filter(public_id=token_id, membership_id=by.membership_id, revoked_at__isnull=True)
        .first()
    )
    if token is None:
        raise NotVisible
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(
        AuditAction.TOKEN_REVOKED,
        subject=Subject("api_token", str(token.public_id), token.name),
        by=by,
    )
