"""The measures that an amount is made of, as a condition on them (F3)."""

from django.db.models import Exists, OuterRef, Q

from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.choices import AmountName, Overlay, Stage
from initiatives.rules import plan_is_frozen
from kpis.choices import Series
from kpis.figures.rules import VALUE_KINDS
from kpis.models import Effect, ValueYear


def measures_behind(amount: AmountName) -> Q:
    """Measures with a value effect of the headline metric that counts in an amount; one query.

    What is validated counts of every measure, cancelled ones too (F7).
    """
    metric = Tenant.objects.get(pk=active_tenant_id()).headline_metric
    of_headline = Effect.objects.filter(metric__code=metric, kind__in=VALUE_KINDS)
    if amount is AmountName.VALIDATED:
        shown = ValueYear.objects.filter(
            effect__in=of_headline.filter(measure=OuterRef(OuterRef("pk"))),
            series=Series.ACTUAL_VALIDATED,
        )
        return Q(Exists(shown))
    has_value = Q(Exists(of_headline.filter(measure=OuterRef("pk"))))
    if amount is AmountName.PARKED:
        return has_value & Q(overlay=Overlay.ON_HOLD)
    found = has_value & Q(overlay=Overlay.ACTIVE)
    if amount is AmountName.BANKABLE:
        found &= Q(stage__in=[stage for stage in Stage if plan_is_frozen(stage)])
    return found
