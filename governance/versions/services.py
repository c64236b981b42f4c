"""Writing versions of a setting: one person proposes, another publishes or withdraws (S5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, FieldErrors, Forbidden, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.versions.choices import VersionState
from governance.versions.models import SettingVersion

SECOND_PERSON = _("Somebody other than who proposed this version publishes it (S5).")
Row = TypeVar("Row", bound=SettingVersion)


def _nothing(_by: Actor) -> None:
    """Most kinds have nothing to settle before another version holds."""


@dataclass(frozen=True, slots=True)
class SettingKind(Generic[Row]):
    """A setting that is kept in versions.

    `noun` begins its topics (`calendar.proposed`) and refusals (`calendar_proposed`,
    `calendar_not_proposed`) and is its subject in the audit. `changes(before, after)` is what
    differs from the version in force, if any. `before_publishing(by)` settles what the version
    until now still decides. Where each node has versions of its own, `node` is the name of its key.
    """

    model: type[Row]
    noun: str
    proposed: AuditAction
    published: AuditAction
    withdrawn: AuditAction
    changes: Callable[[Row | None, Row], Mapping[str, Any]]
    before_publishing: Callable[[Actor], None] = _nothing
    node: str = ""

    def locked_in_force(self, row: Row) -> Row | None:
        """The published version that this one follows, if any; locked."""
        here = {self.node: getattr(row, f"{self.node}_id")} if self.node else {}
        rows = self.model.objects.lock().filter(state=VersionState.PUBLISHED, **here)
        found: Row | None = rows.first()
        return found

    def subject(self, row: Row) -> Subject:
        return Subject(self.noun, str(row.number), str(row.number))


@transaction.atomic
def version_propose(
    *, kind: SettingKind[Row], said: Mapping[str, Any], faults: FieldErrors, by: Actor
) -> Row:
    """Put the next version forward; it holds nowhere until a second person publishes it (S5).

    `said` are its columns, `faults` what cannot be kept of them, by field. Raises `Forbidden`,
    `Invalid`, and `Conflict("<noun>_proposed")` while another proposal waits.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    # One after the other, so that each gets its own number.
    Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    if faults:
        raise Invalid(faults)
    last: int | None = kind.model.objects.aggregate(last=Max("number"))["last"]
    try:
        with transaction.atomic():
            row: Row = kind.model.objects.create(
                number=(last or 0) + 1, proposed_by_id=by.membership_id, **said
            )
    except IntegrityError as error:
        raise Conflict(f"{kind.noun}_proposed") from error
    before = kind.locked_in_force(row)
    changes = kind.changes(before, row)
    record(kind.proposed, subject=kind.subject(row), by=by, changes=changes)
    _publish(kind, row, "proposed")
    return row


@transaction.atomic
def version_publish(*, kind: SettingKind[Row], number: int, seen_version: int, by: Actor) -> Row:
    """Bring a proposal into force from now on; the version before it is superseded.

    Raises `NotVisible`, `Stale`, `Conflict("<noun>_not_proposed")`, and
    `Forbidden("segregation_of_duties")` for who proposed it (S5).
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(kind, number, seen_version)
    if by.membership_id in {None, row.proposed_by_id}:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    kind.before_publishing(by)
    before = kind.locked_in_force(row)
    if before is not None:
        before.state = VersionState.SUPERSEDED
        before.touched().save()
    row.state = VersionState.PUBLISHED
    row.published_by_id, row.published_at = by.membership_id, timezone.now()
    row.touched().save()
    changes = kind.changes(before, row)
    record(kind.published, subject=kind.subject(row), by=by, changes=changes)
    _publish(kind, row, "published")
    return row


@transaction.atomic
def version_withdraw(*, kind: SettingKind[Row], number: int, seen_version: int, by: Actor) -> Row:
    """Take a proposal back; its number is not given out again.

    Raises `NotVisible`, `Stale` and `Conflict("<noun>_not_proposed")`.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _draft(kind, number, seen_version)
    row.state = VersionState.WITHDRAWN
    row.touched().save()
    record(kind.withdrawn, subject=kind.subject(row), by=by)
    _publish(kind, row, "withdrawn")
    return row


def _publish(kind: SettingKind[Row], row: Row, word: str) -> None:
    """Tell of a version: whoever may publish it hears of it, until it waits no more."""
    payload = {"noun": kind.noun, "number": row.number}
    publish(f"{kind.noun}.{word}", key=str(row.number), payload=payload)


def _draft(kind: SettingKind[Row], number: int, seen_version: int) -> Row:
    row: Row | None = kind.model.objects.lock().filter(number=number).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if not row.is_draft:
        raise Conflict(f"{kind.noun}_not_proposed")
    return row
