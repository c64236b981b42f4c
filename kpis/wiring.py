"""What this app attaches to the floors below, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from approvals.escalations import registry as escalations
from approvals.exceptions import registry as exceptions
from approvals.exceptions.choices import ExceptionSource
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.events.registry import subscribe
from governance.notifications.proposals import register_proposals, register_setting
from governance.notifications.registry import register_kind
from governance.people.choices import Permission
from governance.search.registry import register_finds
from governance.web import lists
from governance.web.navigation import Entry, register
from governance.work.registry import register_work
from initiatives import closure_facts, criteria, panels, plan_changes, snapshots
from initiatives.figures import register_behind, register_plan_totals
from initiatives.hooks import (
    on_gate_passed,
    on_measures_delete,
    on_people_change,
    register_effect_owners,
    register_node_hold,
)
from initiatives.lights import name_lights, register_lights
from kpis import tasks
from kpis.actuals import facts
from kpis.actuals.choices import Outcome
from kpis.actuals.criteria import CRITERIA
from kpis.actuals.overdue import SOURCES as OVERDUE
from kpis.actuals.parts import PARTS
from kpis.actuals.services.baselines import freeze_plan
from kpis.actuals.services.effects import refuse_controllers
from kpis.changes.checking import plan_check
from kpis.changes.services import plan_apply
from kpis.choices import Aggregation, Cause, EffectClass, EffectKind, Series
from kpis.figures.behind import measures_behind
from kpis.figures.choices import Lamp, LightName
from kpis.figures.exceptions import shortfalls_ended
from kpis.finding import KIND as FOUND
from kpis.forecasts.choices import VarianceCode
from kpis.indicators.choices import Direction, KpiKind, Rhythm
from kpis.metrics.choices import Sign, StatementLine
from kpis.pages.kpi_sources import KPI_PERIODS
from kpis.pages.lights import head_lights
from kpis.pages.sources import VALUES
from kpis.periods import notices as period_notices
from kpis.periods.choices import PeriodState
from kpis.proposals import PROPOSALS
from kpis.selectors import effect_owner_ids, plan_totals_of
from kpis.services import delete_effects
from kpis.settings.services import VALUE_SETTINGS
from kpis.targets.selectors import target_hold
from kpis.work import WORK

for overdue in OVERDUE:
    escalations.register(overdue)
register(Entry(_("KPIs"), "kpis:kpis", "target-arrow", _("Overview"), 25))
register(
    Entry(
        _("Controlling"),
        "kpis:controlling",
        "clipboard-check",
        _("Overview"),
        26,
        Permission.VALUE_VALIDATE,
    )
)
register(Entry(_("Periods"), "kpis:periods", "lock", _("Overview"), 27))
register(Entry(_("Metrics"), "kpis:metrics", "gauge", _("Set-up"), 812))
register(
    Entry(_("Value settings"), "kpis:value-settings", "adjustments-horizontal", _("Set-up"), 816)
)
register(Entry(_("Exchange rates"), "kpis:rates", "currency-euro", _("Set-up"), 814))
on_measures_delete(delete_effects)
on_people_change(refuse_controllers)
on_gate_passed(freeze_plan)
register_finds(FOUND)
for work in WORK:
    register_work(work)
register_effect_owners(effect_owner_ids)
register_node_hold(target_hold)
closure_facts.register(facts.closure_facts, facts.amounts)
plan_changes.register(plan_changes.Planner(plan_check, plan_apply, "kpis:plan-change"))
for criterion in CRITERIA:
    criteria.register(criterion)
for part in PARTS:
    snapshots.register(part)
register_behind(measures_behind)
register_plan_totals(plan_totals_of)
register_lights(head_lights)
name_lights({word.value: word.label for words in (LightName, Lamp) for word in words})
name_values("kind", EffectKind)
name_values("effect_class", EffectClass)
name_values("class", EffectClass)
name_values("series", Series)
name_values("cause", Cause)
name_values("variance_code", VarianceCode)
name_values("outcome", Outcome)
name_values("state", PeriodState)
name_values("kind", KpiKind)
name_values("direction", Direction)
name_values("rhythm", Rhythm)
name_values("aggregation", Aggregation)
name_values("sign", Sign)
name_values("pl_line", StatementLine)
panels.register(panels.Panel(_("Value"), "kpis:measure-values", 20))
lists.register(VALUES)
lists.register(KPI_PERIODS)
name_tasks(
    {
        "kpis.tell_of_period": _("Tell that the claims of a month have ended"),
        "kpis.settle_periods": _("Write down which months are due"),
        "kpis.watch_sustain": _("Open exceptions for value that is not sustained"),
    }
)

register_kind(period_notices.KIND)
subscribe("period.submitted", tasks.tell_of_period.name)
register_setting(VALUE_SETTINGS, "value-settings/versions/%(number)s/")
for waiting, topics in PROPOSALS:
    register_proposals(waiting, topics)
exceptions.register_gone(ExceptionSource.SUSTAIN_SHORTFALL, shortfalls_ended)
