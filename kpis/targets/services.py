"""Writing targets: one person proposes, another approves or refuses (H7)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.people.selectors import live_memberships
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.text import text_fault
from governance.tree.models import Node
from governance.tree.services import node_subject
from governance.ui.amounts import amount_of
from kpis.choices import ProposalState
from kpis.models import Metric
from kpis.rules import FIRST_YEAR, LAST_YEAR
from kpis.targets.choices import TARGET_KINDS
from kpis.targets.models import Target
from kpis.targets.rules import REASON_LENGTH
from kpis.targets.selectors import same_key, standing

SECOND_PERSON = _("Somebody other than who proposed a target approves or refuses it (H7).")
FOR_CLIENTS = _("A consultant prepares a target; the client decides on it (S7).")
KINDS = frozenset(kind.value for kind in TARGET_KINDS)
ACTIONS = {
    ProposalState.APPROVED: AuditAction.TARGET_APPROVED,
    ProposalState.REFUSED: AuditAction.TARGET_REFUSED,
    ProposalState.WITHDRAWN: AuditAction.TARGET_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """What a proposal says; `amount` is text or a Decimal in the tenant's currency or the unit."""

    metric: Metric
    fiscal_year: int
    kind: str
    amount: object
    gap_owner: Membership | None
    reason: str


@transaction.atomic
def target_propose(*, node: Node, draft: TargetDraft, by: Actor) -> Target:
    """Put a target of a node forward; it counts nowhere until a second person approves it.

    Raises `NotVisible`, `Forbidden`, and `Invalid` by field; `Conflict("changed_meanwhile")` where
    somebody proposed the same at the same moment.
    """
    by.require(Permission.TARGET_MANAGE, node.path)
    locked: Node | None = Node.objects.lock().filter(pk=node.pk).first()
    if locked is None:
        raise NotVisible
    by.require(Permission.TARGET_MANAGE, locked.path)
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["H7"]})
    tenant = Tenant.objects.get(pk=active_tenant_id())
    target = Target(
        node=locked,
        metric=draft.metric,
        fiscal_year=draft.fiscal_year,
        kind=draft.kind,
        amount=_checked(draft),
        currency=tenant.currency if draft.metric.is_monetary else "",
        gap_owner=draft.gap_owner,
        reason=draft.reason.strip(),
        proposed_by_id=by.membership_id,
    )
    if same_key(target).filter(state=ProposalState.PROPOSED).exists():
        text = _("A proposal for this waits already; it is decided or withdrawn first.")
        raise Invalid({"fiscal_year": [text]})
    try:
        with transaction.atomic():
            target.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("changed_meanwhile") from error
    _tell(AuditAction.TARGET_PROPOSED, target, before=standing(target), reason=target.reason, by=by)
    return target


@transaction.atomic
def target_approve(*, target: Target, by: Actor, remark: str = "") -> Target:
    """Bring a target into force as the next version; the one before stays told.

    Raises `Forbidden("segregation_of_duties")` for who proposed it (H7) and for a consultant (S7),
    `NotVisible`, `Conflict("target_not_proposed")`, `Conflict("gap_owner_left")`.
    """
    return _decided(target, ProposalState.APPROVED, remark, by)


@transaction.atomic
def target_refuse(*, target: Target, remark: str, by: Actor) -> Target:
    """Turn a proposal down with a remark; raises as `target_approve` does, and `Invalid`."""
    return _decided(target, ProposalState.REFUSED, remark, by)


@transaction.atomic
def target_withdraw(*, target: Target, by: Actor) -> Target:
    """Take one's own proposal back.

    Raises `Forbidden("target_of_another")`, `NotVisible`, `Conflict("target_not_proposed")`.
    """
    return _decided(target, ProposalState.WITHDRAWN, "", by)


def _decided(target: Target, state: ProposalState, remark: str, by: Actor) -> Target:
    rows = Target.objects.lock().select_related("node", "metric", "gap_owner__user")
    row: Target | None = rows.filter(pk=target.pk).first()
    if row is None:
        raise NotVisible
    by.require(Permission.TARGET_MANAGE, row.node.path)
    if row.state != ProposalState.PROPOSED:
        raise Conflict("target_not_proposed")
    _refuse_person(row, state, by)
    is_refused = state is ProposalState.REFUSED
    if fault := text_fault(remark.strip(), limit=REASON_LENGTH, required=is_refused):
        raise Invalid({"remark": [fault]})
    before = standing(row)
    if state is ProposalState.APPROVED:
        if not live_memberships().filter(pk=row.gap_owner_id).exists():
            raise Conflict("gap_owner_left")
        row.number = 1 + (before.number or 0 if before else 0)
    row.state, row.remark = state, remark.strip()
    row.decided_by_id, row.decided_at = by.membership_id, timezone.now()
    row.save(update_fields=["state", "remark", "number", "decided_by", "decided_at"])
    _tell(ACTIONS[state], row, before=before, reason=row.remark, by=by)
    return row


def _refuse_person(row: Target, state: ProposalState, by: Actor) -> None:
    """H7: another person decides, and no consultant (S7); only its maker takes it back."""
    is_own = by.membership_id == row.proposed_by_id
    if state is ProposalState.WITHDRAWN:
        if not is_own:
            raise Forbidden("target_of_another")
        return
    if by.membership_id is None or is_own:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["H7"]})
    if by.is_consultant:
        raise Forbidden("segregation_of_duties", FOR_CLIENTS, errors={"rule": ["S7"]})


def _checked(draft: TargetDraft) -> Decimal:
    """The amount of a draft in which all is right; raises `Invalid` with all that is not."""
    amount = amount_of(draft.amount, draft.metric.decimals)
    years = {"first": FIRST_YEAR + 1, "last": LAST_YEAR}
    faults: dict[str, StrOrPromise | None] = {
        "metric": None if draft.metric.is_active else _("This metric is out of use."),
        "kind": None if draft.kind in KINDS else _("A target is recurring or one-off (V7)."),
        "fiscal_year": None
        if FIRST_YEAR < draft.fiscal_year <= LAST_YEAR
        else _("Name a fiscal year from %(first)s to %(last)s.") % years,
        "amount": _amount_fault(amount),
        "gap_owner": _owner_fault(draft.gap_owner),
        "reason": text_fault(draft.reason.strip(), limit=REASON_LENGTH),
    }
    errors = {name: [fault] for name, fault in faults.items() if fault}
    if errors or not isinstance(amount, Decimal):
        raise Invalid(errors)
    return amount


def _amount_fault(amount: Decimal | StrOrPromise) -> StrOrPromise | None:
    if not isinstance(amount, Decimal):
        return amount
    return _("A target is 0 or more.") if amount < 0 else None


def _owner_fault(owner: Membership | None) -> StrOrPromise | None:
    if owner is None:
        return _("Name who answers for the gap.")
    is_live = live_memberships().filter(pk=owner.pk).exists()
    return None if is_live else _("This person is no member of this tenant now.")


def _tell(
    action: AuditAction, row: Target, *, before: Target | None, reason: str, by: Actor
) -> None:
    """One event on the node, with the amount that counted before and the one that is told."""
    old, new = None if before is None else str(before.amount), str(row.amount)
    is_dropped = row.state in {ProposalState.REFUSED, ProposalState.WITHDRAWN}
    changes: dict[str, list[str | None]] = {
        "metric": [None, row.metric.code],
        "fiscal_year": [None, str(row.fiscal_year)],
        "kind": [None, row.kind],
        "target": [new, old] if is_dropped else [old, new],
        "gap_owner": [None, row.gap_owner.name],
    }
    record(action, subject=node_subject(row.node), by=by, changes=changes, reason=reason)
    payload = {"noun": "target", "node": row.node.code, "fiscal_year": row.fiscal_year}
    publish(action.value, key=str(row.public_id), payload=payload)
