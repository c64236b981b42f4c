"""Conditions not met in time: the measure goes on hold by itself, and exceptions open (T6)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.choices import ConditionState
from approvals.models import ApprovalCondition
from approvals.selectors import open_request
from approvals.services.lapses import condition_lapse, lapse_decide
from approvals.services.requests import request_void
from governance.people.actor import Actor
from initiatives.choices import Overlay, Stage
from initiatives.gates.asking import Asking
from initiatives.gates.drafting import request_draft
from initiatives.gates.exceptions import condition_exceptions_open
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import SUBJECT
from initiatives.gates.snapshot import snapshot_of
from initiatives.models import Measure

BATCH = 100


@transaction.atomic
def conditions_lapse(*, today: date, by: Actor) -> int:
    """Lapse what was due before today in the active tenant; how many conditions did.

    Safe to run twice: each measure is locked before its conditions, and a settled one is left.
    """
    due = ApprovalCondition.objects.filter(
        subject_type=SUBJECT, state=ConditionState.OPEN, due_on__lt=today
    )
    measures = due.order_by("due_on", "id").values_list("subject_id", flat=True)[:BATCH]
    count = 0
    for measure_id in sorted(set(measures)):
        row = locked_measure(measure_id)
        lapsed = list(
            ApprovalCondition.objects.lock()
            .select_related("request__place")
            .filter(subject_type=SUBJECT, subject_id=measure_id)
            .filter(state=ConditionState.OPEN, due_on__lt=today)
        )
        for condition in lapsed:
            condition_lapse(condition, by=by)
        if lapsed:
            _hold(row, [condition.text for condition in lapsed], by)
            condition_exceptions_open(row, lapsed, today=today, by=by)
        count += len(lapsed)
    return count


def _hold(row: Measure, texts: list[str], by: Actor) -> None:
    """On hold, unless the measure is out of the way already; an open request becomes void (G2)."""
    if row.overlay != Overlay.ACTIVE or row.stage == Stage.CLOSED:
        return
    note = _("A condition was not met in time: %(texts)s") % {"texts": "; ".join(texts)}
    if standing := open_request(SUBJECT, row.pk):
        request_void(request=standing, note=note, by=by)
    draft = request_draft(
        row,
        "T6",
        to=(Stage(row.stage), Overlay.ON_HOLD),
        snapshot=snapshot_of(row, "T9"),
        asking=Asking(note),
    )
    lapse_decide(draft=draft, rationale=note, by=by)
