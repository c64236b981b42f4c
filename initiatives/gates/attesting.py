"""Attested criteria: somebody in a named role vouches for one, as things stand (G4)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from approvals.services.requests import snapshot_hash
from approvals.sod import SegregationOfDuties
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Forbidden, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from initiatives.choices import Stage
from initiatives.gates.editing import measure_for_edit
from initiatives.gates.snapshot import snapshot_of
from initiatives.hooks import effect_owners_of
from initiatives.models import Attestation, Measure
from initiatives.services import measure_subject
from initiatives.stage_models.choices import CriterionKind, Track
from initiatives.stage_models.definition import CriterionLine, GateLine


def attested_line(measure: Measure, name: str) -> tuple[GateLine, CriterionLine]:
    """An attested criterion of the measure's next gate; raises `NotVisible` for any other."""
    gate = measure.stage_model.read.next_gate(Stage(measure.stage), Track(measure.track))
    lines = gate.criteria if gate else ()
    for line in lines:
        if gate and line.name == name and line.kind is CriterionKind.ATTESTED and line.is_active:
            return gate, line
    raise NotVisible


def attest_refusal(measure: Measure, line: CriterionLine, by: Actor) -> str | None:
    """Why somebody may not attest: `S1` for owners of measure or effect, else `forbidden`."""
    if by.membership_id is None:
        return "forbidden"
    if by.membership_id in {measure.owner_id, *effect_owners_of(measure.pk)}:
        return "S1"
    if by.is_consultant:
        return "S7"
    return None if Role(line.role) in by.scope.roles_at(measure.path) else "forbidden"


@transaction.atomic
def criterion_attest(*, measure: Measure, name: str, note: str, by: Actor) -> Attestation:
    """Vouch for a criterion as the measure stands now; an edit of what is judged undoes it.

    Raises `NotVisible` for what is no attested criterion of the next gate, `SegregationOfDuties`
    for the owner (S1), `Forbidden` without the role.
    """
    by.require(Permission.TREE_VIEW, measure.path)
    row = measure_for_edit(measure.pk)
    gate, line = attested_line(row, name)
    reason = attest_refusal(row, line, by)
    if reason in {"S1", "S7"}:
        raise SegregationOfDuties(reason)
    if reason:
        raise Forbidden(
            "forbidden", _("Only the role %(role)s attests this.") % {"role": Role(line.role).label}
        )
    by.require_writing()
    said = kept_text("note", note, required=False)
    kept = {
        "role": line.role,
        "attested_by_id": by.membership_id,
        "attested_at": timezone.now(),
        "note": said,
        "snapshot_hash": snapshot_hash(snapshot_of(row, gate.transition)),
    }
    attestation: Attestation
    attestation, _is_new = Attestation.objects.update_or_create(
        measure=row, criterion=name, defaults=kept
    )
    changes = {"criterion": [None, name], "role": [None, line.role]}
    record(
        AuditAction.CRITERION_ATTESTED,
        subject=measure_subject(row),
        by=by,
        changes=changes,
        reason=said,
    )
    publish("criterion.attested", key=row.code, payload={"code": row.code, "criterion": name})
    return attestation
