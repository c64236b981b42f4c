"""The actuals of one effect: what was planned, claimed and validated, with forms for both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from governance.calendars.selectors import today_of
from governance.errors import Forbidden, Stale
from governance.people.choices import Permission
from governance.web.forms import refusals_in
from governance.web.refusals import TEXTS
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.measures import CONFLICT
from initiatives.selectors import measure_by_code
from kpis.actuals.choices import MonthState
from kpis.actuals.rules import ACCEPTED, claim_refusal, judge_refusal, month_at, second_refusal
from kpis.actuals.selectors import (
    Actuals,
    MonthFacts,
    actuals_of,
    judge_from,
    may_claim_at,
    validation_by_id,
)
from kpis.actuals.services.claims import claims_write
from kpis.actuals.services.validations import RULES, validation_second
from kpis.choices import Series
from kpis.models import Effect
from kpis.pages.actual_forms import VerdictForm
from kpis.pages.forms import MonthsForm
from kpis.pages.values import values_url
from kpis.periods.choices import PeriodState
from kpis.periods.rules import Closing, claim_refusal_in
from kpis.periods.selectors import closing_of
from kpis.restatements.selectors import restated_of
from kpis.rules import Month
from kpis.selectors import effect_by_id, values_of

MOST_MONTHS, AT_LEAST = 24, 3
# Shape and word, so that no state rests on its colour alone.
MARKS: dict[MonthState, tuple[str, str]] = {
    MonthState.OPEN: ("neutral", ""),
    MonthState.CLAIMED: ("blue", "clock"),
    MonthState.AWAITING_SECOND: ("amber", "users"),
    MonthState.VALIDATED: ("green", "check"),
    MonthState.ADJUSTED: ("green", "pencil"),
    MonthState.REJECTED: ("red", "x"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One month: what was planned, claimed and validated of it, and what this person may do."""

    month: str
    day: Any
    plan: Decimal | None
    facts: MonthFacts
    tone: str
    icon: str
    form: VerdictForm | None
    reason: str
    can_sign: bool
    period: PeriodState
    restated: Decimal | None
    restate_url: str

    @property
    def is_locked(self) -> bool:
        return self.period is PeriodState.LOCKED

    @property
    def period_label(self) -> str:
        """How far the month is closed; empty while it is open (V4)."""
        return "" if self.period is PeriodState.OPEN else str(self.period.label)

    @property
    def state(self) -> str:
        return str(self.facts.state.label)


@dataclass(frozen=True, slots=True)
class Desk:
    """One effect with its months, for the person who looks."""

    request: TenantRequest
    effect: Effect
    measure: Measure
    months: Sequence[Month]
    plan: dict[Month, Decimal]
    actuals: Actuals
    closing: Closing
    today: date
    restated: dict[Month, Decimal]

    def period(self, month: Month) -> PeriodState:
        """How far a month is closed (V4)."""
        return self.closing.state(month, self.today)

    @property
    def refusal(self) -> str:
        """Why nothing can be claimed or judged now; empty where it can."""
        code = claim_refusal(Stage(self.measure.stage), Overlay(self.measure.overlay))
        return str(TEXTS[code]) if code else ""

    @property
    def claim_reason(self) -> str:
        """Why this person cannot claim now; empty where they can."""
        if not may_claim_at(self.effect, self.request.actor):
            return _("The owner of the measure or of the effect claims actuals.")
        return self.refusal

    def claim_form(self, data: Any = None) -> MonthsForm:
        """The months that are neither validated nor closed yet."""
        months = [m for m in self.months if self._takes_claims(m)]
        amounts = {m: f.claimed for m, f in self.actuals.items() if f.claimed is not None}
        return MonthsForm(data, effect=self.effect, months=months, amounts=amounts)

    def _takes_claims(self, month: Month) -> bool:
        is_accepted = self.facts(month).state in ACCEPTED
        return not is_accepted and claim_refusal_in(self.period(month)) is None

    def facts(self, month: Month) -> MonthFacts:
        return self.actuals.get(month, MonthFacts())

    def lines(self, data: Any = None) -> list[Line]:
        """All months, the newest first."""
        return [self._line(month, data) for month in sorted(self.months, reverse=True)]

    def _line(self, month: Month, data: Any) -> Line:
        facts = self.facts(month)
        tone, icon = MARKS[facts.state]
        refusal = self._judge_refusal(facts)
        is_locked = self.period(month) is PeriodState.LOCKED
        can_judge = facts.state is MonthState.CLAIMED and not refusal
        return Line(
            month=str(month),
            day=month.first_day,
            plan=self.plan.get(month),
            facts=facts,
            tone=tone,
            icon=icon,
            form=self._form(month, facts, data) if can_judge else None,
            reason=refusal if facts.state is MonthState.CLAIMED and self._is_finance() else "",
            can_sign=facts.state is MonthState.AWAITING_SECOND
            and not is_locked
            and self._may_sign(facts),
            period=self.period(month),
            restated=self.restated.get(month),
            restate_url=self._restate_url(month) if is_locked else "",
        )

    def _restate_url(self, month: Month) -> str:
        """Where finance proposes a restatement of a locked month (S8); empty for anybody else."""
        if not self._is_finance() or self.facts(month).state is MonthState.CLAIMED:
            return ""
        address = [self.request.tenant.slug, self.effect.public_id]
        return f"{reverse('kpis:restatement-propose', args=address)}?month={month}"

    def _form(self, month: Month, facts: MonthFacts, data: Any) -> VerdictForm:
        claimed = facts.claimed or Decimal(0)
        return VerdictForm(
            data,
            effect=self.effect,
            month=month,
            claimed=claimed,
            prefix=f"judge-{month}",
            is_locked=self.period(month) is PeriodState.LOCKED,
        )

    def _is_finance(self) -> bool:
        return self.request.actor.may(Permission.VALUE_VALIDATE, self.measure.path)

    def _judge(self, facts: MonthFacts) -> Any:
        has_claimed = self.request.actor.membership_id in facts.claimants
        by = self.request.actor
        return judge_from(self.effect, self.measure, by=by, has_claimed=has_claimed)

    def _judge_refusal(self, facts: MonthFacts) -> str:
        code = judge_refusal(self._judge(facts))
        return str(RULES.get(code) or TEXTS[code]) if code else self.refusal

    def _may_sign(self, facts: MonthFacts) -> bool:
        is_first = facts.decided_by_id == self.request.actor.membership_id
        return not second_refusal(self._judge(facts), is_first=is_first) and not self.refusal


@require_http_methods(["GET", "HEAD", "POST"])
def effect_actuals(request: TenantRequest, tenant_slug: str, effect_id: str) -> HttpResponse:
    """Months with plan, claim and verdict; the owner claims, finance judges, several at once."""
    desk = _desk(request, str(effect_id))
    if request.method != "POST":
        return _page(request, desk, desk.claim_form(), desk.lines())
    action = request.POST.get("action", "")
    if action == "judge":
        return _judge(request, desk)
    if action.startswith("sign-"):
        return _sign(request, desk, action.removeprefix("sign-"))
    return _claim(request, desk)


def _desk(request: TenantRequest, effect_id: str) -> Desk:
    effect = effect_by_id(effect_id, by=request.actor)
    measure = measure_by_code(effect.measure.code, by=request.actor)
    plan = values_of([effect])[0].series(Series.PLAN)
    actuals = actuals_of([effect])[effect.pk]
    today = today_of(request.tenant)
    now = month_at(today)
    recent = {now.plus(-back) for back in range(AT_LEAST)}
    months = sorted({m for m in plan if m <= now} | set(actuals) | recent)[-MOST_MONTHS:]
    return Desk(
        request=request,
        effect=effect,
        measure=measure,
        months=months,
        plan=plan,
        actuals=actuals,
        closing=closing_of(),
        today=today,
        restated=restated_of([effect])[effect.pk],
    )


def _claim(request: TenantRequest, desk: Desk) -> HttpResponse:
    if not may_claim_at(desk.effect, request.actor):
        raise Forbidden
    form = desk.claim_form(request.POST)
    if form.is_valid():
        try:
            with refusals_in(form):
                claims_write(
                    effect=desk.effect,
                    cells=form.cells(),
                    seen_version=form.cleaned_data["seen_version"],
                    by=request.actor,
                )
        except Stale as error:
            fresh = _desk(request, str(desk.effect.public_id))
            form.current = {**form.current, **fresh.claim_form().current}
            merged = fresh.claim_form(form.merged(error.current))
            return _page(request, fresh, merged, fresh.lines(), status=CONFLICT, is_stale=True)
    if not form.is_valid():
        return _page(request, desk, form, desk.lines(), status=UNPROCESSABLE)
    messages.success(request, _("The claims were saved; finance has the word now."))
    return redirect(_url(request, desk))


def _judge(request: TenantRequest, desk: Desk) -> HttpResponse:
    """Each line for itself: what one is refused does not hold up the others."""
    request.actor.require(Permission.VALUE_VALIDATE, desk.measure.path)
    lines = desk.lines(request.POST)
    asked = [line.form for line in lines if line.form is not None and line.form.is_asked]
    saved = [form for form in asked if form.say(request.actor)]
    if saved:
        text = ngettext("%(count)s month was judged.", "%(count)s months were judged.", len(saved))
        messages.success(request, text % {"count": len(saved)})
    if len(saved) == len(asked):
        return redirect(_url(request, desk))
    wrong = {str(form.month): form for form in asked if form not in saved}
    fresh = _desk(request, str(desk.effect.public_id))
    shown = [_with_form(line, wrong.get(line.month)) for line in fresh.lines()]
    return _page(request, fresh, fresh.claim_form(), shown, status=status_of(saved))


def status_of(saved: Sequence[Any]) -> int:
    """The status of a page that tells what some lines were refused.

    An error takes back all that its request wrote, so it is none once a line is saved.
    """
    return 200 if saved else UNPROCESSABLE


def _with_form(line: Line, form: VerdictForm | None) -> Line:
    if form is None:
        return line
    values = {name: getattr(line, name) for name in line.__slots__}
    return Line(**{**values, "form": form})


def _sign(request: TenantRequest, desk: Desk, month: str) -> HttpResponse:
    request.actor.require(Permission.VALUE_VALIDATE, desk.measure.path)
    ids = {str(m): f.validation_id for m, f in desk.actuals.items() if f.validation_id}
    if found := ids.get(month):
        validation = validation_by_id(found, by=request.actor)
        validation_second(validation=validation, by=request.actor)
        messages.success(request, _("The adjustment was confirmed and counts from now on."))
    return redirect(_url(request, desk))


def _url(request: TenantRequest, desk: Desk) -> str:
    return reverse("kpis:effect-actuals", args=[request.tenant.slug, desk.effect.public_id])


def _page(
    request: TenantRequest,
    desk: Desk,
    form: MonthsForm,
    lines: Sequence[Line],
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    context = {
        "effect": desk.effect,
        "measure": desk.measure,
        "form": form,
        "lines": lines,
        "can_judge": any(line.form is not None for line in lines),
        "claim_reason": desk.claim_reason,
        "breadcrumbs": measure_crumbs(desk.measure, _("Actuals"), request=request),
        "url": values_url(desk.measure, request.tenant),
        **extra,
    }
    return render(request, "kpis/effect_actuals.html", context, status=status)
