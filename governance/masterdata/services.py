"""Writing master data: create, rename, deactivate, activate (H4)."""

from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, FieldErrors, Invalid, Stale
from governance.masterdata.models import Forum, MasterData
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import code_fault, one_line, sort_key, text_fault

M = TypeVar("M", bound=MasterData)

CODE_LENGTH, NAME_LENGTH = 30, 200
MAX_QUORUM = 99


def master_data_subject(row: MasterData) -> Subject:
    return Subject(row._meta.model_name or "", row.code, row.name)


@transaction.atomic
def master_data_create(*, model: type[M], code: str, name: str, by: Actor) -> M:
    """Add a row; raises `Invalid` by field and `Conflict("code_taken")`."""
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    code, name = one_line(code), one_line(name)
    _check(code=code, name=name)
    try:
        with transaction.atomic():
            row = model.objects.create(code=code, name=name, sort_key=sort_key(name))
    except IntegrityError as error:
        raise Conflict("code_taken") from error
    changes = {"code": [None, code], "name": [None, name]}
    record(
        AuditAction.MASTER_DATA_CREATED, subject=master_data_subject(row), by=by, changes=changes
    )
    return row  # type: ignore[no-any-return]  # the manager is typed for any model


@transaction.atomic
def master_data_rename(*, row: MasterData, name: str, seen_version: int, by: Actor) -> MasterData:
    """Give a row another name; its code stays."""
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    row = _locked(row, seen_version)
    name, before = one_line(name), row.name
    _check(code=row.code, name=name)
    if name == before:
        return row
    row.name, row.sort_key = name, sort_key(name)
    row.touched().save()
    changes = {"name": [before, name]}
    record(
        AuditAction.MASTER_DATA_CHANGED, subject=master_data_subject(row), by=by, changes=changes
    )
    return row


@transaction.atomic
def master_data_set_active(
    *, row: MasterData, is_active: bool, seen_version: int, by: Actor
) -> MasterData:
    """Deactivate or activate; a deactivated row stays where it is used and is no longer offered."""
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    row = _locked(row, seen_version)
    if row.is_active == is_active:
        return row
    row.is_active = is_active
    row.touched().save()
    action = AuditAction.MASTER_DATA_ACTIVATED if is_active else AuditAction.MASTER_DATA_DEACTIVATED
    record(action, subject=master_data_subject(row), by=by)
    return row


@transaction.atomic
def master_data_delete_unused(*, row: MasterData, by: Actor) -> None:
    """Delete an entry that an import brought and nobody used: its undo (H4 is for used ones).

    The database raises `IntegrityError` where something points at it; then it stays.
    """
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    subject = master_data_subject(row)
    type(row).objects.filter(pk=row.pk).delete()
    record(
        AuditAction.MASTER_DATA_DELETED, subject=subject, by=by, changes={"name": [row.name, None]}
    )


@transaction.atomic
def forum_set_quorum(*, forum: Forum, quorum: int, seen_version: int, by: Actor) -> Forum:
    """Set how many members must take part (E3), 1 to 99; raises `Stale` and `Invalid`."""
    by.require_anywhere(Permission.MASTER_DATA_MANAGE)
    row = _locked(forum, seen_version)
    if not 1 <= quorum <= MAX_QUORUM:
        raise Invalid({"quorum": [_("From 1 to 99.")]})
    before = row.quorum
    if quorum == before:
        return row
    row.quorum = quorum
    row.touched().save()
    changes = {"quorum": [str(before), str(quorum)]}
    subject = master_data_subject(row)
    record(AuditAction.MASTER_DATA_CHANGED, subject=subject, by=by, changes=changes)
    return row


def _check(*, code: str, name: str) -> None:
    faults = {
        "code": code_fault(code, limit=CODE_LENGTH),
        "name": text_fault(name, limit=NAME_LENGTH),
    }
    errors: FieldErrors = {field: [fault] for field, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)


def _locked(row: M, seen_version: int) -> M:
    current: M = type(row).objects.lock().get(pk=row.pk)
    if current.version != seen_version:
        raise Stale(seen_version, current.version)
    return current
