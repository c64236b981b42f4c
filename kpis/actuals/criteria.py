"""Automatic gate criteria over effects, plans and actuals (G4, T2 to T5)."""

from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from governance.calendars.selectors import today_of
from governance.tenancy.models import Tenant
from initiatives.criteria import MET, Criterion, Finding
from initiatives.gates.facts import closure_months
from initiatives.models import Measure
from kpis.actuals.facts import Holding, holdings_of, undone_month, values_in
from kpis.actuals.rules import proved_from, unproven
from kpis.actuals.selectors import start_of
from kpis.choices import EffectKind
from kpis.periods.selectors import last_closed_of
from kpis.rules import Month

NO_START = gettext_lazy("The start of the run-rate is open for: %(effects)s.")
WHERE = "kpis:measure-values"


def _finding(missing: Sequence[StrOrPromise]) -> Finding:
    if not missing:
        return MET
    return Finding(is_met=False, missing=" ".join(str(text) for text in missing), where=WHERE)


def name_of(holding: Holding) -> str:
    """How people call an effect: its name, else metric and kind."""
    effect = holding.effect
    return effect.name or f"{effect.metric.name}, {EffectKind(effect.kind).label}"


def _each(
    holdings: Iterable[Holding], lacks: Callable[[Holding], bool], text: StrOrPromise
) -> list[StrOrPromise]:
    """The sentence once, with the names of all effects that lack something."""
    names = [name_of(holding) for holding in holdings if lacks(holding)]
    return [str(text) % {"effects": "; ".join(names)}] if names else []


def _no_value(values: Sequence[Holding]) -> list[StrOrPromise]:
    return [] if values else [_("There is no value effect yet.")]


def reference_recorded(measure: Measure) -> Finding:
    """T2: each value effect says how it was before."""
    values = values_in(holdings_of(measure))
    text = _("No reference is recorded for: %(effects)s.")
    return _finding([*_no_value(values), *_each(values, lambda h: not h.reference, text)])


def value_estimated(measure: Measure) -> Finding:
    """T2: value is estimated, and what it costs once; 0 is an estimate, empty is none."""
    holdings = holdings_of(measure)
    missing: list[StrOrPromise] = []
    if not any(holding.plan for holding in values_in(holdings)):
        missing.append(_("No value effect has planned months."))
    costs = [h for h in holdings if h.kind is EffectKind.ONE_TIME_COST]
    if not any(holding.plan for holding in costs):
        missing.append(_("No one-time cost is planned; write 0 if there is none."))
    return _finding(missing)


def plan_phased(measure: Measure) -> Finding:
    """T3: each effect is planned by month; recurring ones start somewhere and last beyond it."""
    holdings = holdings_of(measure)
    recurring = [h for h in holdings if h.is_recurring]
    return _finding(
        [
            *_no_value(values_in(holdings)),
            *_each(holdings, lambda h: not h.plan, _("No month is planned for: %(effects)s.")),
            *_each(recurring, _has_no_start, NO_START),
            *_each(
                recurring,
                lambda h: bool(h.plan) and not _has_no_start(h) and not _is_planned_from_start(h),
                _("Nothing is planned from the start of the run-rate on for: %(effects)s."),
            ),
        ]
    )


def _has_no_start(holding: Holding) -> bool:
    return start_of(holding.effect) is None


def _is_planned_from_start(holding: Holding) -> bool:
    start = start_of(holding.effect)
    return start is not None and any(month >= start for month in holding.plan)


def run_rate_started(measure: Measure) -> Finding:
    """T4: each recurring effect has begun."""
    today = today_of(Tenant.objects.get(pk=measure.tenant_id))
    holdings = holdings_of(measure)
    recurring = [h for h in holdings if h.is_recurring]

    def begins_later(holding: Holding) -> bool:
        day = holding.effect.run_rate_start
        return day is not None and day > today

    return _finding(
        [
            *_no_value(values_in(holdings)),
            *_each(recurring, _has_no_start, NO_START),
            *_each(recurring, begins_later, _("The run-rate has not begun for: %(effects)s.")),
        ]
    )


def effect_owners_named(measure: Measure) -> Finding:
    """T4: somebody answers for each value effect once the work is done."""
    values = values_in(holdings_of(measure))
    text = _("No effect owner is named for: %(effects)s.")
    return _finding([*_no_value(values), *_each(values, lambda h: h.effect.owner_id is None, text)])


def months_validated(measure: Measure) -> Finding:
    """T5: finance has accepted the N latest closed months, or all planned ones of a one-off."""
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    latest, undone = last_closed_of(tenant), undone_month(measure, tenant)
    values = values_in(holdings_of(measure))
    missing = _no_value(values)
    for holding in values:
        missing += _open_months(holding, latest, closure_months(measure), undone)
    return _finding(missing)


def _open_months(
    holding: Holding, latest: Month, number: int, undone: Month | None
) -> list[StrOrPromise]:
    facts = {"effect": name_of(holding)}
    if holding.is_recurring:
        start = proved_from(start_of(holding.effect), undone)
        months, to_come = unproven(start, latest, number, holding.accepted)
        if to_come:
            text = _("%(effect)s: %(count)s more months must close after the run-rate start.")
            if start != start_of(holding.effect):
                text = _("%(effect)s: %(count)s more months must close since it was taken back.")
            return [text % (facts | {"count": to_come})]
    else:
        months = sorted(month for month in holding.promised if month not in holding.accepted)
        if not holding.promised:
            return [_("%(effect)s: no month is planned.") % facts]
    if not months:
        return []
    text = _("%(effect)s: not validated yet: %(months)s.")
    return [text % (facts | {"months": ", ".join(str(month) for month in months)})]


CRITERIA = (
    Criterion(
        "reference_recorded",
        gettext_lazy("The reference of each value effect is recorded"),
        reference_recorded,
    ),
    Criterion(
        "value_estimated",
        gettext_lazy("Value and one-time cost are estimated"),
        value_estimated,
    ),
    Criterion("plan_phased", gettext_lazy("Each effect is planned by month"), plan_phased),
    Criterion(
        "run_rate_started", gettext_lazy("The run-rate of each effect has begun"), run_rate_started
    ),
    Criterion(
        "effect_owners_named",
        gettext_lazy("Each value effect has an owner"),
        effect_owners_named,
    ),
    Criterion(
        "months_validated",
        gettext_lazy("Finance has validated the months that closure rests on"),
        months_validated,
    ),
)
