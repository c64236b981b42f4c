"""Parts of the portfolio page out of its overview: the S-curve and the stage funnel."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from governance.calendars.selectors import today_of
from governance.tenancy.models import Tenant
from governance.ui.format import percent
from governance.ui.parts import Column, Tab
from initiatives.choices import LIVE, Overlay
from kpis.choices import EffectKind
from kpis.figures.rules import VALUE_KINDS
from kpis.rules import Month
from reporting.attention import MOST_OVERDUE
from reporting.behind.figures import Figure
from reporting.curve import Curve, curve
from reporting.funnel import FunnelStep
from reporting.pages.asked import YEAR, Asked, PageFrame
from reporting.selectors import RollUp


def this_month(tenant: Tenant) -> Month:
    """The month it is in the tenant's time zone."""
    today = today_of(tenant)
    return Month(today.year, today.month)


def curve_of(figures: RollUp, tenant: Tenant, asked: Asked) -> Curve:
    """The S-curve of the headline metric in the years that were asked for; no query."""
    return curve(
        figures.facts.months,
        tenant.headline_metric,
        start=tenant.fiscal_year_start,
        this_month=this_month(tenant),
        year=asked.year,
    )


def year_tabs(found: Curve, frame: PageFrame, url: str) -> list[Tab]:
    """All years, and each that has figures; nothing to choose where there is one."""
    years = list(found.years)
    if frame.asked.year is not None and frame.asked.year not in years:
        years = sorted([*years, frame.asked.year])
    if len(years) < 2:  # noqa: PLR2004  # one year is the whole
        return []
    every = Tab(_("All years"), frame.asked.kept_in(url, **{YEAR: ""}), frame.asked.year is None)
    return [
        every,
        *(
            Tab(
                frame.year_label(year),
                frame.asked.kept_in(url, **{YEAR: str(year)}),
                frame.asked.year == year,
            )
            for year in years
        ),
    ]


def funnel_context(
    steps: Sequence[FunnelStep], overdue: Mapping[str, int], frame: PageFrame
) -> dict[str, Any]:
    """The funnel as a table with bars, each number with the rows behind it."""
    kinds = [
        kind
        for kind in VALUE_KINDS
        if kind is EffectKind.RECURRING or any(_holds(step, kind) for step in steps)
    ]
    late = _("decisions past their time")
    if sum(overdue.values()) >= MOST_OVERDUE:
        late = _("of the %(most)s decisions that wait longest") % {"most": MOST_OVERDUE}
    most = max((step.live.number for step in steps), default=0)
    return {
        "funnel_columns": [
            Column("stage", _("Stage")),
            Column("measures", _("Measures"), hint=_("neither held nor cancelled"), numeric=True),
            Column("share", _("Share"), hide_label=True),
            *(Column(kind.value, str(kind.label), numeric=True) for kind in kinds),
            Column("on", _("Went on"), hint=_("of all that came this far"), numeric=True),
            Column("days", _("Days here"), hint=_("on average"), numeric=True),
            Column("overdue", _("Overdue"), hint=late, numeric=True),
            Column("held", _("On hold"), numeric=True),
            Column("cancelled", _("Cancelled"), numeric=True),
        ],
        "funnel": [
            _step(step, kinds, frame)
            | {
                "overdue": overdue.get(step.stage.value, 0),
                "overdue_url": frame.overdue(step.stage.value),
            }
            for step in steps
        ],
        "funnel_most": max(most, 1),
        "funnel_csv": frame.address("funnel-csv"),
    }


def _holds(step: FunnelStep, kind: EffectKind) -> bool:
    return any(one.value[kind] for one in (step.live, step.held, step.cancelled))


def _step(step: FunnelStep, kinds: Sequence[EffectKind], frame: PageFrame) -> dict[str, Any]:
    def rows(overlay: str) -> str:
        return frame.measures(stage=step.stage.value, overlay=overlay)

    return {
        "label": step.stage.label,
        "count": step.live.number,
        "url": rows(LIVE),
        "values": [
            (
                kind.label,
                step.live.value[kind],
                frame.behind(
                    Figure.VALUE,
                    kind=kind.value,
                    stage=step.stage.value,
                    overlay=Overlay.ACTIVE.value,
                ),
            )
            for kind in kinds
        ],
        "goes_on": None if step.goes_on is None else percent(step.goes_on, frame.language),
        "days": step.days,
        "held": step.held.number,
        "held_url": rows(Overlay.ON_HOLD.value),
        "cancelled": step.cancelled.number,
        "cancelled_url": rows(Overlay.CANCELLED.value),
    }
