"""What waits for a second person among figures: rates, targets, restatements (S5, H7, S8)."""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from governance.audit.labels import SUBJECTS
from governance.notifications.proposals import Proposal, ProposalKind
from governance.people.choices import MembershipKind, Permission
from governance.people.models import Membership
from governance.permissions.selectors import actor_for, members_who_may
from kpis.actuals.rules import month_at
from kpis.actuals.selectors import judge_of
from kpis.choices import ProposalState
from kpis.rates.choices import RateState
from kpis.rates.models import Rate
from kpis.restatements.models import Restatement
from kpis.restatements.rules import restate_refusal
from kpis.targets.models import Target


def rates_waiting(key: str) -> Proposal | None:
    """What is left of the rates that one person proposed at once, by the first of them."""
    first = Rate.objects.filter(public_id=UUID(key)).select_related("proposed_by__user").first()
    if first is None:
        return None
    rows = Rate.objects.filter(
        proposed_by=first.proposed_by_id, proposed_at=first.proposed_at, state=RateState.PROPOSED
    )
    currencies = sorted(set(rows.values_list("currency", flat=True)))
    if not currencies:
        return None
    deciders = members_who_may(Permission.RATE_MANAGE)
    return Proposal(", ".join(currencies), f"rates/?kind={first.kind}", deciders, first.proposed_by)


def target_waiting(key: str) -> Proposal | None:
    """A proposed target; a consultant prepares and never decides (S7)."""
    rows = Target.objects.select_related("node", "metric", "proposed_by__user")
    row = rows.filter(public_id=UUID(key), state=ProposalState.PROPOSED).first()
    if row is None:
        return None
    able = members_who_may(Permission.TARGET_MANAGE, row.node)
    deciders = Membership.objects.filter(pk__in=able).exclude(kind=MembershipKind.CONSULTANT)
    what = f"{row.node.code} {row.metric.code} {row.fiscal_year}"
    path = f"targets/{row.public_id}/"
    return Proposal(what, path, deciders.values_list("pk", flat=True), row.proposed_by)


def restatement_waiting(key: str) -> Proposal | None:
    """A proposed restatement; who may decide it says the rule that decides (S2, S4, S8)."""
    rows = Restatement.objects.select_related("effect__measure__package", "proposed_by__user")
    row = rows.filter(public_id=UUID(key), state=ProposalState.PROPOSED).first()
    if row is None:
        return None
    measure, month = row.effect.measure, month_at(row.month)
    able = members_who_may(Permission.VALUE_VALIDATE, measure.package)
    deciders = []
    for person in Membership.objects.filter(pk__in=able).select_related("user"):
        by = actor_for(person, via="worker")
        if restate_refusal(judge_of(row.effect, measure, month, by=by)) is None:
            deciders.append(person.pk)
    what, path = f"{measure.code} {month}", f"restatements/?state={ProposalState.PROPOSED}"
    return Proposal(what, path, deciders, row.proposed_by)


PROPOSALS: Final = (
    (
        ProposalKind("rates", SUBJECTS["rates"], rates_waiting),
        ("rates.proposed", "rates.decided"),
    ),
    (
        ProposalKind("target", _("target"), target_waiting),
        ("target.proposed", "target.approved", "target.refused", "target.withdrawn"),
    ),
    (
        ProposalKind("restatement", _("restatement"), restatement_waiting),
        (
            "restatement.proposed",
            "restatement.approved",
            "restatement.refused",
            "restatement.withdrawn",
        ),
    ),
)
