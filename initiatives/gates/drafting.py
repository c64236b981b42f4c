"""A request about a measure as it is drawn up: one form for gates, other moves and lapses."""

from decimal import Decimal

from approvals.services.requests import RequestDraft
from approvals.texts import kept_text
from initiatives.choices import Overlay, Stage
from initiatives.gates.asking import Asking
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure


def request_draft(
    row: Measure,
    transition: str,
    *,
    to: tuple[Stage, Overlay],
    snapshot: str,
    asking: Asking,
    amount: Decimal | None = None,
) -> RequestDraft:
    """What is asked of a locked measure, from where it stands to where it would go.

    `amount` is what the route's thresholds were compared with. Raises `Invalid` for a comment that
    cannot be kept.
    """
    stage, overlay = to
    return RequestDraft(
        subject_type=SUBJECT,
        subject_id=row.pk,
        subject_code=row.code,
        place=row.package,
        transition=transition,
        from_state=row.stage,
        to_state=stage,
        from_overlay=row.overlay,
        to_overlay=overlay,
        snapshot=snapshot,
        policy=row.stage_model.policy,
        comment=kept_text("comment", asking.comment, required=False),
        reason_code=asking.reason_code,
        amount=amount,
        details=dict(asking.details),
    )
