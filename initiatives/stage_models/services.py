"""Writing stage models: propose a version, publish it as a second person, discard a draft (S5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from approvals.sod import SegregationOfDuties
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Invalid, NotVisible, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import one_line, prose, text_fault
from initiatives.criteria import known_criteria
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.definition import BadDefinition, read_definition
from initiatives.stage_models.models import STANDARD_CODE, StageModelVersion
from initiatives.stage_models.standard import STANDARD

NAME_LENGTH, NOTE_LENGTH = 120, 2000
STANDARD_NAME = "Standard"


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A version to be: its definition is plain JSON (see `definition`)."""

    name: str
    definition: Mapping[str, Any]
    note: str = ""
    code: str = STANDARD_CODE


def model_subject(row: StageModelVersion) -> Subject:
    return Subject("stage_model", row.policy, f"{row.name} {row.number}")


@transaction.atomic
def version_propose(*, draft: VersionDraft, by: Actor) -> StageModelVersion:
    """Write a draft of the next version; nothing follows it until it is published.

    Raises `Invalid` with everything that is wrong, by path, and `Conflict("draft_stands")` where
    a draft of this model waits already.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    name, note = one_line(draft.name), prose(draft.note)
    errors: dict[str, Any] = {
        field: [fault]
        for field, text, limit, needed in (
            ("name", name, NAME_LENGTH, True),
            ("note", note, NOTE_LENGTH, False),
        )
        if (fault := text_fault(text, limit=limit, required=needed))
    }
    try:
        read_definition(draft.definition, known=known_criteria())
    except BadDefinition as error:
        errors |= {f"definition.{path}": texts for path, texts in error.errors.items()}
    if errors:
        raise Invalid(errors)
    last = StageModelVersion.objects.filter(code=draft.code).order_by("-number").first()
    if last is None:
        raise NotVisible
    row = StageModelVersion(
        code=draft.code,
        number=last.number + 1,
        name=name,
        note=note,
        definition=_text(draft.definition),
        proposed_by_id=by.membership_id,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("draft_stands") from error
    changes = {"name": [None, row.name], "version": [None, row.policy]}
    record(AuditAction.STAGE_MODEL_PROPOSED, subject=model_subject(row), by=by, changes=changes)
    _publish("stage_model.proposed", row)
    return row


@transaction.atomic
def version_publish(*, version: StageModelVersion, by: Actor) -> StageModelVersion:
    """Publish a draft as a second person; measures and requests under an older one keep it (S5).

    Raises `SegregationOfDuties("S5")` for whoever proposed it, `Conflict("not_a_draft")`.
    """
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _locked_draft(version)
    if by.membership_id is None or row.proposed_by_id == by.membership_id:
        raise SegregationOfDuties("S5")
    published = StageModelVersion.objects.lock().filter(code=row.code, state=ModelState.PUBLISHED)
    for former in published:
        former.state = ModelState.REPLACED
        former.touched().save()
    row.state, row.published_by_id = ModelState.PUBLISHED, by.membership_id
    row.published_at = timezone.now()
    row.touched().save()
    changes = {"state": [ModelState.DRAFT, ModelState.PUBLISHED], "version": [None, row.policy]}
    record(AuditAction.STAGE_MODEL_PUBLISHED, subject=model_subject(row), by=by, changes=changes)
    _publish("stage_model.published", row)
    return row


@transaction.atomic
def version_discard(
    *, version: StageModelVersion, by: Actor, seen_version: int | None = None
) -> None:
    """Throw a draft away; raises `Conflict("not_a_draft")` and, for another one seen, `Stale`."""
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = _locked_draft(version)
    if seen_version is not None and row.version != seen_version:
        raise Stale(seen_version, row.version)
    StageModelVersion.objects.filter(pk=row.pk).delete()
    changes = {"version": [row.policy, None]}
    record(AuditAction.STAGE_MODEL_DISCARDED, subject=model_subject(row), by=by, changes=changes)
    _publish("stage_model.discarded", row)


def _publish(topic: str, row: StageModelVersion) -> None:
    publish(topic, key=row.policy, payload={"noun": "stage_model", "version": row.policy})


def _locked_draft(version: StageModelVersion) -> StageModelVersion:
    row: StageModelVersion | None = StageModelVersion.objects.lock().filter(pk=version.pk).first()
    if row is None:
        raise NotVisible
    if row.state != ModelState.DRAFT:
        raise Conflict("not_a_draft")
    return row


def standard_ship(by: Actor) -> StageModelVersion:
    """The shipped model as the first version of a new tenant; the product publishes it."""
    row: StageModelVersion = StageModelVersion.objects.create(
        code=STANDARD_CODE,
        number=1,
        name=STANDARD_NAME,
        definition=_text(STANDARD),
        state=ModelState.PUBLISHED,
        published_at=timezone.now(),
    )
    changes = {"version": [None, row.policy]}
    record(AuditAction.STAGE_MODEL_PUBLISHED, subject=model_subject(row), by=by, changes=changes)
    return row


def _text(definition: Mapping[str, Any]) -> str:
    """As it was written, with the order of its names: people read it again."""
    return json.dumps(definition, ensure_ascii=False)
