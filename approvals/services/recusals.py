"""Stepping back from a request: a recused member leaves quorum and bench (G6)."""

from django.db import transaction

from approvals.choices import StepState
from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep, ApprovalVote
from approvals.seats import seat_for
from approvals.services.requests import locked_open, request_subject
from approvals.services.votes import count_again
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission

REASON_LENGTH = 200


@transaction.atomic
def request_recuse(*, request: ApprovalRequest, reason: str, by: Actor) -> ApprovalRequest:
    """Keep oneself out of a request one is asked to decide; for good, and with the reason.

    Raises as `vote_cast` does where no open step asks this person, and `Invalid` without a reason.
    The votes already cast may then suffice.
    """
    by.require(Permission.TREE_VIEW, request.path)
    row = locked_open(request)
    seat = seat_for(row, by, on_behalf_of=by.membership_id)
    by.require_writing()
    said = kept_text("reason", reason, limit=REASON_LENGTH)
    ApprovalBar.objects.create(
        request=row, membership_id=seat.membership_id, rule="recusal", reason=said
    )
    changes = {"transition": [None, row.transition], "request": [None, str(row.public_id)]}
    record(
        AuditAction.REQUEST_RECUSED,
        subject=request_subject(row),
        by=by,
        changes=changes,
        reason=said,
    )
    row.touched().save(update_fields=["version", "updated_at"])
    publish("request.recused", key=str(row.public_id), payload={"code": row.subject_code})
    for step in ApprovalStep.objects.filter(request=row, state=StepState.OPEN):
        last = ApprovalVote.objects.filter(step=step).order_by("-id").first()
        if last is not None:
            count_again(row, step, last, by)
            break
    return row
