"""Reading restatements: the approved deltas of effects, and the proposals somebody sees."""

import uuid
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import QuerySet, Sum

from governance.errors import NotVisible
from governance.people.actor import Actor
from initiatives.models import Measure
from initiatives.selectors import visible_measures
from kpis.actuals.rules import month_at
from kpis.choices import ProposalState
from kpis.models import Effect
from kpis.restatements.models import Restatement
from kpis.rules import Month

Deltas = dict[Month, Decimal]


def restated_of(effects: Iterable[Effect]) -> dict[int, Deltas]:
    """What approved restatements add to the months of effects; one query."""
    found: dict[int, Deltas] = {effect.pk: {} for effect in effects}
    rows = Restatement.objects.filter(effect_id__in=list(found), state=ProposalState.APPROVED)
    sums = rows.order_by().values_list("effect_id", "month").annotate(total=Sum("delta"))
    for effect_id, day, total in sums:
        found[effect_id][month_at(day)] = total
    return found


def restatements(by: Actor) -> QuerySet[Restatement]:
    """Restatements in visible measures with all that is shown of them."""
    rows: QuerySet[Restatement] = Restatement.objects.filter(
        effect__measure__in=visible_measures(by)
    )
    return rows.select_related(
        "effect__metric",
        "effect__measure__package",
        "effect__owner",
        "proposed_by__user",
        "decided_by__user",
    )


def restatement_by_id(public_id: uuid.UUID, *, by: Actor) -> Restatement:
    """One of them; raises `NotVisible`."""
    row = restatements(by).filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def has_restatements(measure: Measure | None = None) -> bool:
    """Whether any approved restatement stands, of one measure or in the tenant; one query."""
    rows = Restatement.objects.filter(state=ProposalState.APPROVED)
    if measure is not None:
        rows = rows.filter(effect__measure=measure)
    return bool(rows.exists())
