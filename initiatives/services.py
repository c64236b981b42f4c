"""Writing measures: create, change, move, delete early (H1-H5, G1, S1, S2, S11)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from approvals.exceptions.services.opening import exceptions_follow
from approvals.selectors import requests_about
from approvals.services.requests import requests_follow
from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record, record_many
from governance.errors import Conflict, Forbidden, Invalid, Refused, Stale
from governance.events.services import publish
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.text import one_line, sort_key, text_fault
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import (
    NodeDraft,
    changed_fields,
    lock_tree,
    next_codes,
    node_create,
    node_delete,
    said,
)
from governance.web.refusals import TEXTS
from initiatives.choices import Stage
from initiatives.gates.editing import measure_edited, refuse_locked
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import SUBJECT
from initiatives.hooks import before_measures_delete, people_change
from initiatives.milestones.selectors import accepts_open_milestone
from initiatives.models import Measure, StageModelVersion
from initiatives.rules import (
    CONTENT_FIELDS,
    EDITABLE_FIELDS,
    Hands,
    change_refusal,
    dates_refusal,
    delete_refusal,
    may_set,
    people_refusal,
)
from initiatives.selectors import hands_at, hands_in, level_delete_refusal
from initiatives.stage_models.selectors import standard_version

NAME_LENGTH, DESCRIPTION_LENGTH = 200, 10_000
# Whether somebody is to accept an open milestone of a measure, by the ids of both.
Accepts = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class MeasureDraft:
    """What a new measure is made of; it starts Identified and gets its code from the service."""

    name: str
    description: str = ""
    owner: Membership | None = None
    sponsor: Membership | None = None
    controller: Membership | None = None
    business_unit: BusinessUnit | None = None
    function: Function | None = None
    legal_entity: LegalEntity | None = None
    forum: Forum | None = None
    receiver: Membership | None = None
    calculation_method: str = ""
    planned_start: date | None = None
    planned_end: date | None = None
    source_key: str = ""

    def given(self) -> dict[str, Any]:
        """Fields that say something."""
        pairs = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in pairs.items() if value not in (None, "")}


def measure_subject(measure: Measure) -> Subject:
    return Subject("measure", measure.code, measure.name)


def measure_tell(
    action: AuditAction,
    measure: Measure,
    changes: Mapping[str, Any],
    *,
    about: Mapping[str, Any],
    by: Actor,
    reason: str = "",
) -> None:
    """Record and publish what happened to something of a measure; `about` names it to others."""
    record(action, subject=measure_subject(measure), by=by, changes=changes, reason=reason)
    publish(action.value, key=measure.code, payload={"code": measure.code, **about})


@transaction.atomic
def project_create(*, parent: Node, draft: NodeDraft, by: Actor) -> Node:
    """Create a project together with its default package (H5)."""
    project = node_create(parent=parent, draft=draft, by=by)
    package = NodeDraft(level=Level.PACKAGE, name=draft.name, is_default=True)
    node_create(parent=project, draft=package, by=by)
    return project


def level_create(*, parent: Node, draft: NodeDraft, by: Actor) -> Node:
    """Create a node of any level; a project brings its default package along."""
    create = project_create if draft.level is Level.PROJECT else node_create
    return create(parent=parent, draft=draft, by=by)


def default_package(project: Node) -> Node:
    """The package that takes measures created directly under a project (H5)."""
    package: Node = Node.objects.select_related("parent").get(parent=project, is_default=True)
    return package


@transaction.atomic
def level_delete(*, node: Node, seen_version: int, by: Actor) -> None:
    """Delete a node with nothing below it; a project takes its empty default package along.

    Raises `Stale`, `Refused("root_stays")`, `Refused("default_stays")` and
    `Conflict("node_not_empty")`, `Conflict("node_has_grants")` and what `node_hold` tells.
    """
    by.require(Permission.NODE_DELETE, node.path)
    lock_tree()
    # FOR UPDATE: whoever is just now creating something below holds the row until the commit.
    rows = Node.objects.select_for_update(of=("self",))
    if rows.filter(pk=node.pk, version=seen_version).first() is None:
        node_delete(node=node, seen_version=seen_version, by=by)
    if reason := level_delete_refusal(node):
        raise Conflict(reason) if reason.startswith("node_") else Refused(reason)
    for package in rows.filter(parent=node, is_default=True):
        node_delete(node=package, seen_version=package.version, by=by)
    node_delete(node=node, seen_version=seen_version, by=by)


@transaction.atomic
def measure_create(*, package: Node, draft: MeasureDraft, by: Actor) -> Measure:
    """Create a measure in a package, or under a project in its default package.

    It starts Identified and active (G1). Who creates it without naming an owner owns it (H1) when
    their role is to own measures. Who judges it is named here only by those who may set it later
    (S11). Raises `Invalid` by field, `Forbidden` with the fields named, `NotVisible`,
    `Refused("owner_is_sponsor")` (S1), `Refused("controller_is_judged")` (S2).
    """
    by.require(Permission.MEASURE_CREATE, package.path)
    if package.known_level is Level.PROJECT:
        package = default_package(package)
    if package.known_level is not Level.PACKAGE:
        raise Refused("wrong_parent_level")
    measure, entry = measure_drawn(
        package,
        draft,
        code=next_codes("measure")[0],
        hands=hands_in(package.path, by),
        model=standard_version(),
        by=by,
    )
    measure.save(force_insert=True)
    record_many([entry], by=by)
    publish("measure.created", key=measure.code, payload={"code": measure.code})
    return locked_measure(measure.pk)


def measure_drawn(
    package: Node,
    draft: MeasureDraft,
    *,
    code: str,
    hands: Hands,
    model: StageModelVersion,
    by: Actor,
) -> tuple[Measure, Entry]:
    """A measure checked and not yet saved, with its audit event; raises as `measure_create`.

    `hands` are the actor's in the package, so that many measures there ask once.
    """
    given = draft.given()
    own = {"owner"} if draft.owner and draft.owner.pk == by.membership_id else set()
    refuse_foreign(set(given) & set(EDITABLE_FIELDS) - set(CONTENT_FIELDS) - own, hands)
    _check_words(given)
    measure = Measure(package=package, code=code, stage_model=model, **given)
    if measure.owner_id is None and hands.may(Permission.MEASURE_EDIT_OWN):
        measure.owner_id = by.membership_id
    _check_people(measure)
    _check_dates(measure)
    measure.name = one_line(measure.name)
    measure.sort_key = sort_key(measure.name)
    changes = {name: [None, said(value)] for name, value in given.items() if name != "source_key"}
    changes["measure_package"] = [None, package.code]
    return measure, Entry(AuditAction.MEASURE_CREATED, measure_subject(measure), changes)


@transaction.atomic
def measure_change(
    *, measure: Measure, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> Measure:
    """Change fields of a measure; each needs its own right (S11), none reaches the stage (G1).

    Raises `Stale`, `Forbidden("forbidden")` with the fields named, `Invalid`, and `Refused` by S1
    (`owner_is_sponsor`, `acceptor_is_owner`) and S2. Fields that stay as they are write nothing.
    """
    by.require(Permission.TREE_VIEW, measure.path)
    row = locked_measure(measure.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    changes = measure_apply(row, fields, hands=hands_at(row, by))
    if not changes:
        return row
    by.require_write_token(Permission.MEASURE_EDIT)
    if "controller" in changes:
        people_change([row])
    row.touched().save()
    record(AuditAction.MEASURE_CHANGED, subject=measure_subject(row), by=by, changes=changes)
    measure_edited(row, by=by)
    publish("measure.changed", key=row.code, payload={"code": row.code, "fields": list(changes)})
    return locked_measure(row.pk)


def measure_apply(
    row: Measure,
    fields: Mapping[str, Any],
    *,
    hands: Hands,
    accepts: Accepts = accepts_open_milestone,
) -> dict[str, list[str | None]]:
    """Set on a locked row what differs, checked; {field: [before, after]}, nothing saved yet.

    `hands` are those before the change: who gives a measure away did own it. Who has many rows
    tells by `accepts` what one query found for all of them.
    """
    empty = {name for name in fields if getattr(row, name) in {None, ""}}
    changes = changed_fields(row, fields)
    refuse_foreign(changes, hands)
    if changes:
        refuse_locked(row)
        _refuse_frozen(row, changes, empty)
        check_fields(row, changes, accepts=accepts)
        row.name = one_line(row.name)
        row.sort_key = sort_key(row.name)
    return changes


@transaction.atomic
def measure_move(*, measure: Measure, package: Node, seen_version: int, by: Actor) -> Measure:
    """Move a measure into another package; code, history, values and judges stay (H2, S11)."""
    by.require(Permission.NODE_MOVE, measure.path)
    by.require(Permission.NODE_MOVE, package.path)
    row = locked_measure(measure.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    if package.known_level is Level.PROJECT:
        package = default_package(package)
    if package.known_level is not Level.PACKAGE:
        raise Refused("wrong_parent_level")
    if row.package_id == package.pk:
        return row
    changes = {"measure_package": [row.package.code, package.code]}
    row.package = package
    row.touched().save(update_fields=["package", "version", "updated_at"])
    requests_follow(SUBJECT, [row.pk], package)
    exceptions_follow(SUBJECT, [row.pk], package)
    record(AuditAction.MEASURE_MOVED, subject=measure_subject(row), by=by, changes=changes)
    publish("measure.moved", key=row.code, payload={"code": row.code})
    return locked_measure(row.pk)


@transaction.atomic
def measure_delete(*, measure: Measure, seen_version: int, by: Actor) -> None:
    """Delete a measure early (H3); its effects and plan go with it, the audit trail stays."""
    by.require(Permission.MEASURE_DELETE, measure.path)
    row = locked_measure(measure.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    was_requested = requests_about(SUBJECT, row.pk).exists()
    if reason := delete_refusal(Stage(row.stage), was_gate_requested=was_requested):
        raise Refused(reason)
    before_measures_delete([row.pk], by)
    subject, package = measure_subject(row), row.package.code
    Measure.objects.filter(pk=row.pk).delete()
    changes = {"name": [row.name, None], "measure_package": [package, None]}
    record(AuditAction.MEASURE_DELETED, subject=subject, by=by, changes=changes)
    publish("measure.deleted", key=subject.key, payload={"code": subject.key})


def check_fields(
    row: Measure, names: Collection[str], *, accepts: Accepts = accepts_open_milestone
) -> None:
    """What was set on a row, checked as a whole; raises `Invalid` by field and `Refused` (S1, S2).

    `names` are the fields set.
    """
    _check_words({name: getattr(row, name) for name in names})
    _check_people(row)
    if "owner" in names:
        _check_acceptors(row, accepts)
    _check_dates(row)


def _refuse_frozen(row: Measure, names: Iterable[str], empty: Collection[str]) -> None:
    """V2, T15: what a passed gate judged changes by another decision only."""
    stage = Stage(row.stage)
    refused = {name: change_refusal(name, stage, was_empty=name in empty) for name in names}
    found = {name: [TEXTS[code]] for name, code in refused.items() if code}
    if found:
        code = next(code for code in refused.values() if code)
        raise Conflict(code, errors=found)


def refuse_foreign(names: Iterable[str], hands: Hands) -> None:
    foreign = [name for name in names if not may_set(name, hands)]
    if foreign:
        text = _("Your roles do not let you change this field.")
        raise Forbidden("forbidden", errors={name: [text] for name in foreign})


def _check_words(given: Mapping[str, Any]) -> None:
    limits = {
        "name": NAME_LENGTH,
        "description": DESCRIPTION_LENGTH,
        "calculation_method": DESCRIPTION_LENGTH,
    }
    errors = {
        field: [fault]
        for field, limit in limits.items()
        if field in given
        and (fault := text_fault(given[field], limit=limit, required=field == "name"))
    }
    if errors:
        raise Invalid(errors)


def _check_people(measure: Measure) -> None:
    reason = people_refusal(
        measure.owner_id, measure.sponsor_id, measure.controller_id, measure.receiver_id
    )
    if reason is not None:
        raise Refused(reason)


def _check_acceptors(measure: Measure, accepts: Accepts) -> None:
    """S1: who is to accept a milestone of the measure does not become its owner."""
    owner = measure.owner_id
    if owner is not None and accepts(measure.pk, owner):
        raise Refused("acceptor_is_owner")


def _check_dates(measure: Measure) -> None:
    dates = {"planned_start": measure.planned_start, "planned_end": measure.planned_end}
    if dates_refusal(dates):
        raise Invalid({"planned_end": [_("The end cannot come before the start.")]})
