"""How people want to be told: their own choices, and turning a kind off from a mail."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record_many
from governance.errors import Invalid, NotVisible, Refused, Stale
from governance.notifications.choices import Delivery
from governance.notifications.models import NoticeChoice, NoticeHours
from governance.notifications.registry import NoticeKind, kind_of
from governance.notifications.rules import HOURS_IN_DAY, Hours
from governance.notifications.selectors import Wishes, wishes_of
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.people.services import membership_subject

# Stands for every kind that comes in the daily mail.
THE_DAYS = "digest"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for; kinds that are not named stay as they are."""

    deliveries: Mapping[str, Delivery]
    hours: Hours


@transaction.atomic
def notice_wishes_change(*, asked: Asked, seen_version: int, by: Actor) -> Wishes:
    """Change one's own choices; what is as it was writes nothing.

    Notices written before keep the way they were to go. Raises `Stale` and `Invalid` by field:
    a kind's code, `quiet_from`, `quiet_until` or `digest_hour`.
    """
    member = _member(by)
    by.require_writing()
    held = _held(member)
    if held.version != seen_version:
        raise Stale(seen_version, held.version)
    if errors := _faults(asked):
        raise Invalid(errors)
    before = wishes_of(member.pk)
    chosen = {
        code: said for code, said in asked.deliveries.items() if before.deliveries[code] != said
    }
    entries = [*_choose(member, chosen, before), *_set_hours(held, member, asked.hours)]
    if entries:
        held.touched().save()
        record_many(entries, by=by)
    return wishes_of(member.pk)


@transaction.atomic
def notice_turn_off(*, kind: str, by: Actor) -> list[NoticeKind]:
    """Send a person no more mails of a kind, or of all that come daily; the kinds turned off.

    Safe to do twice. Raises `Refused("notice_must_arrive")` for a kind that cannot be off.
    """
    member = _member(by)
    held = _held(member)
    before = wishes_of(member.pk)
    off = _to_turn_off(kind, before)
    chosen = {one.code: Delivery.OFF for one in off if before.deliveries[one.code] != Delivery.OFF}
    if entries := _choose(member, chosen, before):
        held.touched().save()
        record_many(entries, by=by)
    return off


def _to_turn_off(kind: str, before: Wishes) -> list[NoticeKind]:
    if kind == THE_DAYS:
        daily = [code for code, said in before.deliveries.items() if said is Delivery.DIGEST]
        return [known for code in daily if (known := kind_of(code)) and known.may_be_off]
    known = kind_of(kind)
    if known is None:
        return []
    if not known.may_be_off:
        raise Refused("notice_must_arrive")
    return [known]


def _member(by: Actor) -> Membership:
    """The membership that acts, locked, so that its choices change one after the other."""
    mine = Membership.objects.lock().select_related("user").filter(pk=by.membership_id or 0)
    row: Membership | None = mine.first()
    if row is None:
        raise NotVisible
    return row


def _held(member: Membership) -> NoticeHours:
    """The person's hours, which stand for all choices and their version; new ones unsaved."""
    return NoticeHours.objects.filter(membership=member).first() or NoticeHours(membership=member)


def _faults(asked: Asked) -> dict[str, list[StrOrPromise]]:
    errors: dict[str, list[StrOrPromise]] = {}
    for code, said in asked.deliveries.items():
        kind = kind_of(code)
        if kind is None:
            errors[code] = [_("This kind does not exist.")]
        elif said not in kind.choices():
            errors[code] = [_("This must arrive by mail, at once or daily.")]
    hours = asked.hours
    if (hours.quiet_from is None) != (hours.quiet_until is None):
        missing = "quiet_from" if hours.quiet_from is None else "quiet_until"
        errors[missing] = [_("Give both a beginning and an end, or neither.")]
    elif hours.quiet_from is not None and hours.quiet_from == hours.quiet_until:
        errors["quiet_until"] = [_("Quiet hours end at another time than they begin.")]
    if not 0 <= hours.digest_hour < HOURS_IN_DAY:
        errors["digest_hour"] = [_("From 0 to 23.")]
    return errors


def _choose(member: Membership, chosen: Mapping[str, Delivery], before: Wishes) -> list[Entry]:
    """Write choices; what to record of them."""
    subject = membership_subject(member)
    entries = []
    for code, said in chosen.items():
        NoticeChoice.objects.update_or_create(
            membership=member, kind=code, defaults={"delivery": said}
        )
        changes = {"notice": [None, code], "delivery": [before.deliveries[code].value, said.value]}
        entries.append(Entry(AuditAction.NOTICE_CHOSEN, subject, changes, ""))
    return entries


def _set_hours(held: NoticeHours, member: Membership, hours: Hours) -> list[Entry]:
    changes = {
        name: [_spelled(was), _spelled(now)]
        for name in ("quiet_from", "quiet_until", "digest_hour")
        if (was := getattr(held, name)) != (now := getattr(hours, name))
    }
    if not changes:
        return []
    held.quiet_from, held.quiet_until = hours.quiet_from, hours.quiet_until
    held.digest_hour = hours.digest_hour
    subject: Subject = membership_subject(member)
    return [Entry(AuditAction.NOTICE_HOURS_CHANGED, subject, changes, "")]


def _spelled(value: object) -> str | None:
    return None if value is None else str(value)
