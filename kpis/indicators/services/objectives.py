"""Writing objectives and the goals above them."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, FieldErrors, Invalid, NotVisible, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import one_line, sort_key, text_fault
from governance.tree.services import next_codes
from kpis.indicators.models import NAME_LENGTH, SOURCE_KEY_LENGTH, Kpi, Objective


@dataclass(frozen=True, slots=True)
class ObjectiveDraft:
    """An objective to be; without a parent it is a goal, and others may belong to it."""

    name: str
    parent: Objective | None = None
    source_key: str = ""


def objective_subject(objective: Objective) -> Subject:
    return Subject("objective", objective.code, objective.name)


@transaction.atomic
def objective_create(*, draft: ObjectiveDraft, by: Actor) -> Objective:
    """Add an objective; raises `Invalid` by field and `Conflict("source_key_taken")`."""
    by.require_anywhere(Permission.METRIC_MANAGE)
    parent = objective_locked(draft.parent, field="parent")
    name = one_line(draft.name)
    _check(name, draft.source_key, parent)
    row = Objective(
        code=next_codes("objective")[0],
        name=name,
        sort_key=sort_key(name),
        parent=parent,
        source_key=draft.source_key,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("source_key_taken") from error
    changes = {"name": [None, name], "parent": [None, parent.code if parent else None]}
    record(AuditAction.OBJECTIVE_CREATED, subject=objective_subject(row), by=by, changes=changes)
    made: Objective = Objective.objects.select_related("parent").get(pk=row.pk)
    return made


@transaction.atomic
def objective_delete(*, objective: Objective, seen_version: int, by: Actor) -> None:
    """Delete an objective without KPIs and children.

    Raises `Stale`, `Conflict("objective_in_use")`.
    """
    by.require_anywhere(Permission.METRIC_MANAGE)
    # FOR UPDATE: whoever is just now adding something below holds the row until the commit.
    rows = Objective.objects.select_for_update(of=("self",))
    row: Objective | None = rows.filter(pk=objective.pk).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    children = Objective.objects.filter(parent=row)
    if children.exists() or Kpi.objects.filter(objective=row).exists():
        raise Conflict("objective_in_use")
    subject = objective_subject(row)
    Objective.objects.filter(pk=row.pk).delete()
    record(
        AuditAction.OBJECTIVE_DELETED, subject=subject, by=by, changes={"name": [row.name, None]}
    )


def objective_locked(objective: Objective | None, *, field: str) -> Objective | None:
    """The objective as it is now, kept from being deleted; raises `Invalid` where it is gone."""
    if objective is None:
        return None
    row: Objective | None = Objective.objects.lock().filter(pk=objective.pk).first()
    if row is None:
        raise Invalid({field: [_("This objective is not there any more.")]})
    return row


def _check(name: str, source_key: str, parent: Objective | None) -> None:
    faults = {
        "name": text_fault(name, limit=NAME_LENGTH),
        "source_key": text_fault(source_key, limit=SOURCE_KEY_LENGTH, required=False),
    }
    if parent is not None and parent.parent_id is not None:
        faults["parent"] = _("Choose a goal: an objective that itself belongs to no other.")
    errors: FieldErrors = {field: [fault] for field, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)
