"""Adding people, ending memberships, creating and revoking API tokens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, TokenScope
from governance.people.models import ApiToken, Membership, User
from governance.people.rules import token_hash, token_text
from governance.tenancy.models import Tenant
from governance.text import one_line, text_fault

NAME_LENGTH, EMAIL_LENGTH, TOKEN_NAME_LENGTH = 200, 254, 100
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
class Terms:
    """On what terms a person belongs to a tenant."""

    kind: MembershipKind
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

    Somebody whose membership has ended gets it again. Raises `Invalid` by field (`email`, `name`,
    `firm`, `valid_until`) and `Conflict("already_a_member")`.
    """
    by.require_anywhere(Permission.PEOPLE_MANAGE)
    person = _checked(person)
    user, is_new = _log_in_of(person)
    membership = Membership.objects.lock().filter(user=user).first()
    if membership is not None and membership.ended_at is None:
        raise Conflict("already_a_member")
    membership = membership.touched() if membership else Membership(user=user)
    membership.kind, membership.firm = person.kind, person.firm
    membership.valid_until, membership.ended_at = person.valid_until, None
    try:
        with transaction.atomic():
            membership.save()
    except IntegrityError as error:
        raise Conflict("already_a_member") from error
    changes = {"name": [None, user.name], "email": [None, user.email]} | {
        field: [None, said] for field, said in _terms(membership).items() if said
    }
    subject = membership_subject(membership)
    record(AuditAction.MEMBERSHIP_CREATED, subject=subject, by=by, changes=changes)
    payload = {"membership": membership.public_id, "is_new_user": is_new}
    publish("membership.created", key=str(membership.public_id), payload=payload)
    return membership


def _log_in_of(person: Person) -> tuple[User, bool]:
    """The log-in with this address, and whether it was made just now; a name is never changed."""
    known = User.objects.filter(email__iexact=person.email)
    user = known.first()
    if user is not None:
        return user, False
    user = User(email=person.email, name=person.name)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        # Somebody added the same address in another tenant at this very moment.
        return known.get(), False
    return user, True


def _terms(membership: Membership) -> dict[str, str | None]:
    """On what terms somebody belongs here, as history says it."""
    until = membership.valid_until
    return {
        "kind": str(membership.kind),
        "firm": membership.firm or None,
        "valid_until": until.isoformat() if until else None,
    }


def _checked(person: Person) -> Person:
    """The person with blanks tidied; raises `Invalid` naming every fault."""
    email, name, firm = person.email.strip(), one_line(person.name), one_line(person.firm)
    faults: dict[str, StrOrPromise | None] = {
        "email": _email_fault(email),
        "name": text_fault(name, limit=NAME_LENGTH),
        "firm": text_fault(firm, limit=NAME_LENGTH, required=False),
        "valid_until": _past_fault(person.valid_until),
    }
    if errors := {field: [fault] for field, fault in faults.items() if fault}:
        raise Invalid(errors)
    return replace(person, email=email, name=name, firm=firm)


def _email_fault(email: str) -> StrOrPromise | None:
    try:
        validate_email(email)
    except ValidationError:
        return _("Enter a complete e-mail address, such as name@example.com.")
    return text_fault(email, limit=EMAIL_LENGTH)


def _past_fault(day: date | None) -> StrOrPromise | None:
    return _("This date has passed.") if day and day < timezone.now().date() else None


@transaction.atomic
def membership_change(
    *, membership: Membership, terms: Terms, seen_version: int, by: Actor
) -> Membership:
    """Change kind, firm or end date; unchanged terms write nothing.

    Raises `Stale`, `Refused("membership_ended")` and `Invalid` by field.
    """
    by.require_anywhere(Permission.PEOPLE_MANAGE)
    row = _locked(membership, seen_version)
    firm = one_line(terms.firm)
    is_same_day = terms.valid_until == row.valid_until
    faults = {
        "firm": text_fault(firm, limit=NAME_LENGTH, required=False),
        "valid_until": None if is_same_day else _past_fault(terms.valid_until),
    }
    if errors := {field: [fault] for field, fault in faults.items() if fault}:
        raise Invalid(errors)
    before = _terms(row)
    row.kind, row.firm, row.valid_until = terms.kind, firm, terms.valid_until
    after = _terms(row)
    changes = {
        field: [before[field], after[field]] for field in after if before[field] != after[field]
    }
    if changes:
        row.touched().save()
        subject = membership_subject(row)
        record(AuditAction.MEMBERSHIP_CHANGED, subject=subject, by=by, changes=changes)
    return row


def _locked(membership: Membership, seen_version: int) -> Membership:
    row: Membership = Membership.objects.lock().select_related("user").get(pk=membership.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if row.ended_at is not None:
        raise Refused("membership_ended")
    return row


@transaction.atomic
def membership_end(*, membership: Membership, seen_version: int, by: Actor) -> Membership:
    """End a membership today: sign-in to this tenant and its tokens stop at once.

    Roles and seats go with `governance.permissions.services.member_leave`, which calls this.
    Raises `Stale`, `Refused("membership_ended")`, `Forbidden("not_oneself")`.
    """
    by.require_anywhere(Permission.PEOPLE_MANAGE)
    row = _locked(membership, seen_version)
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
    Raises `Forbidden("tokens_are_personal")` and `Invalid` by field (`name`, `scopes`, `days`).
    """
    by.require_writing()
    if by.membership_id is not None and by.membership_id != membership.pk:
        raise Forbidden("tokens_are_personal")
    name = one_line(name)
    faults: dict[str, StrOrPromise | None] = {
        "name": text_fault(name, limit=TOKEN_NAME_LENGTH),
        "scopes": None if scopes else _("Choose at least one scope."),
        "days": None if 0 < days <= MAX_TOKEN_DAYS else _("From 1 to 366 days."),
    }
    if errors := {field: [fault] for field, fault in faults.items() if fault}:
        raise Invalid(errors)
    tenant = Tenant.objects.get(pk=membership.tenant_id)
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        membership=membership,
        name=name,
        scopes=[scope.value for scope in scopes],
        secret_hash=token_hash(secret),
        expires_at=timezone.now() + timedelta(days=days),
    )
    subject = Subject("api_token", str(token.public_id), token.name)
    changes = {
        "scopes": [None, " ".join(token.scopes)],
        "person": [None, membership.email],
        "expires_at": [None, token.expires_at.date().isoformat()],
    }
    record(AuditAction.TOKEN_CREATED, subject=subject, by=by, changes=changes)
    return NewToken(token, token_text(tenant.public_id, secret))


@transaction.atomic
def token_revoke(*, token_id: str, by: Actor) -> None:
    """Revoke one's own token; raises `NotVisible` for any other."""
    by.require_writing()
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
