"""Writing the plan that a decision approved: months, forecast, start rule, baseline n+1 (T15)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from approvals.models import ApprovalRequest
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.events.services import publish
from governance.people.actor import Actor
from governance.tree.services import said
from initiatives.models import Measure
from initiatives.services import measure_subject
from kpis.actuals.selectors import current_baselines
from kpis.actuals.services.baselines import baseline_write
from kpis.choices import Cause, Series, Source
from kpis.models import Effect
from kpis.rules import Month, month_of
from kpis.selectors import EffectValues, values_of
from kpis.services_months import Save, values_changed, write_months
from kpis.totals import note_values

Wanted = dict[Month, Decimal | None]


def plan_apply(measure: Measure, request: ApprovalRequest, by: Actor) -> None:
    """Write what an approved request asks of the plan, in the transaction of its decision.

    The plan gets its new months, and all of it is copied as baseline n+1 (V3). Where the forecast
    stood at the old baseline it follows, with the cause *scope* (F8); where somebody has forecast
    otherwise it stays. The measure is locked.
    """
    asked = {item["effect"]: item for item in request.details["plan"]}
    rows = Effect.objects.lock().select_related("metric", "measure__package", "owner__user")
    effects = list(rows.filter(measure=measure, public_id__in=list(asked)).order_by("id"))
    baselines = current_baselines(effects)
    for values in values_of(effects):
        item = asked[str(values.effect.public_id)]
        _Writer(request, by).write(values, baselines.get(values.effect.pk, {}), item)
    baseline_write(measure.pk, Save(change_id=request.public_id), by)
    note_values([measure.pk])


class _Writer:
    """Writes one effect after the other, all of them in the name of one request."""

    def __init__(self, request: ApprovalRequest, by: Actor) -> None:
        self.by, self.reason = by, str(request.public_id)
        asker = request.requested_by
        self.author = f"{asker.name} <{asker.email}>" if asker else ""
        self.change_id = request.public_id

    def write(
        self, values: EffectValues, baseline: Mapping[Month, Decimal], item: Mapping[str, Any]
    ) -> None:
        forecast = values.series(Series.FORECAST)
        wanted = _wanted(item)
        follows = {m: a for m, a in wanted.items() if forecast.get(m) == baseline.get(m)}
        self._months(values.effect, Series.PLAN, wanted, None)
        self._months(values.effect, Series.FORECAST, follows, Cause.SCOPE)
        if "run_rate_start" in item:
            self._start(values.effect, month_of(item["run_rate_start"][1]))

    def _months(self, effect: Effect, series: Series, wanted: Wanted, cause: Cause | None) -> None:
        save = Save(cause, self.change_id, self.author)
        changes = write_months(effect, series, wanted, by=self.by, source=Source.FORM, save=save)
        if changes:
            reason = self.reason
            values_changed(effect, series, changes, by=self.by, cause=cause, reason=reason)

    def _start(self, effect: Effect, start: Month | None) -> None:
        before = said(effect.run_rate_start)
        effect.run_rate_start = None if start is None else start.first_day
        effect.touched().save(update_fields=["run_rate_start", "version", "updated_at"])
        record(
            AuditAction.EFFECT_CHANGED,
            subject=measure_subject(effect.measure),
            by=self.by,
            changes={
                "effect": str(effect.public_id),
                "run_rate_start": [before, said(effect.run_rate_start)],
            },
            reason=self.reason,
        )
        payload = {"effect": effect.public_id}
        publish("effect.changed", key=effect.measure.code, payload=payload)


def _wanted(item: Mapping[str, Any]) -> Wanted:
    """The months a request changes: new amounts, and None for those it empties."""
    after = {name: Decimal(text) for name, text in item["after"].items()}
    found: Wanted = {}
    for name in {**item["before"], **after}:
        month = month_of(name)
        if month is not None:
            found[month] = after.get(name)
    return found
