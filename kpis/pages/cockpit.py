"""What a controller's cockpit shows beside the queue: second signatures, closures, variances."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from approvals.selectors import inbox
from governance.ui.format import number
from governance.web.pages import Order, Page, keyset_page
from governance.web.requests import TenantRequest
from initiatives.pages.card import card_url
from initiatives.pages.inbox import names_of
from kpis.actuals.models import Validation
from kpis.actuals.queue import MonthCount, judged_measures, seconds_for
from kpis.figures.shortfalls import Shortfall, shortfalls, sustain_terms
from kpis.forecasts.selectors import Unexplained, unexplained
from kpis.rates.choices import RateKind
from kpis.rates.selectors import converter
from kpis.rules import months_of_fiscal_year, year_label

FIRST_LINES, MOST_LINES, MOST_MONTHS = 25, 200, 12
CLOSING, STEAD = "T5", "stead"
BY_ID = Order("decided", "id")
MOST_URGENT = Order("due", "due_at")
SECONDS, CLOSURES = "second-signatures", "closures"
VARIANCES, SHORTFALLS = "variances", "shortfalls"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the cockpit: its lines, how many there are, and where all of them stand."""

    name: str
    title: str
    note: str
    empty: str
    lines: Sequence[Any]
    count: int
    page: Page[Any] | None = None
    url: str = ""

    @property
    def template(self) -> str:
        return f"kpis/_cockpit_{self.name.replace('-', '_')}.html"

    @property
    def more_url(self) -> str:
        """Where the rest stands; empty where nothing is left out."""
        return self.url if self.count > len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class ClosureLine:
    """One request to close that waits for this person."""

    code: str
    name: str
    asked_by: str
    due_at: Any
    url: str


@dataclass(frozen=True, slots=True)
class VarianceLine:
    """One fiscal year of an effect whose reason is owed, with the way to its grid."""

    found: Unexplained
    year: str
    url: str


@dataclass(frozen=True, slots=True)
class ShortfallLine:
    """One effect that does not last after its closure, with the ways on."""

    found: Shortfall
    url: str
    reopen_url: str


@dataclass(frozen=True, slots=True)
class Look:
    """How much of a section is shown: all of it on its own page, else the first lines.

    `in_stead`: what a head of controlling judges in the stead of others as well.
    """

    is_whole: bool = False
    cursor: str = ""
    in_stead: bool = False

    @property
    def limit(self) -> int:
        return MOST_LINES if self.is_whole else FIRST_LINES


def section_of(request: TenantRequest, name: str, look: Look) -> Section:
    """A section by its name, one of `SECTIONS`."""
    return SECTIONS[name](request, look)


def shown_months(counts: Sequence[MonthCount]) -> list[MonthCount]:
    """The newest months, and every older one in which something is left to do."""
    return [one for at, one in enumerate(counts) if at < MOST_MONTHS or one.waiting or one.second]


def _seconds(request: TenantRequest, look: Look) -> Section:
    rows = seconds_for(request.actor)
    page: Page[Validation] = keyset_page(rows, order=BY_ID, cursor=look.cursor, limit=look.limit)
    return Section(
        SECONDS,
        _("Second signatures"),
        _("Adjustments above the claim by another finance person; they count once you sign (S4)."),
        _("No adjustment waits for your second signature."),
        page.rows,
        rows.count(),
        page,
        _url(request, SECONDS, look),
    )


def _closures(request: TenantRequest, look: Look) -> Section:
    rows = inbox(request.actor).filter(request__transition=CLOSING)
    page = keyset_page(rows, order=MOST_URGENT, cursor=look.cursor, limit=look.limit)
    names = names_of(step.request for step in page.rows)
    lines = [
        ClosureLine(
            step.request.subject_code,
            names.get(step.request.subject_id, ""),
            step.request.requested_by.name,
            step.due_at,
            card_url(step.request, request),
        )
        for step in page.rows
    ]
    return Section(
        CLOSURES,
        _("Closures"),
        _("Measures whose owner says that the value is there; you confirm the amount (T5)."),
        _("No closure waits for you."),
        lines,
        rows.count(),
        page,
        _url(request, CLOSURES, look),
    )


def _variances(request: TenantRequest, look: Look) -> Section:
    tenant = request.tenant
    among = judged_measures(request.actor, in_stead=look.in_stead)
    rows = unexplained(tenant, by=request.actor, among=among)
    rates = converter(RateKind.PLAN, tenant)

    def size(one: Unexplained) -> Decimal:
        """Money in the tenant's currency at plan rate; what has none comes last."""
        month = months_of_fiscal_year(one.variance.year, tenant.fiscal_year_start)[-1]
        if not one.variance.is_money:
            return Decimal(-1)
        return abs(rates.convert(one.variance.amount, one.effect.currency, month) or Decimal(0))

    largest = sorted(rows, key=size, reverse=True)[: look.limit]
    return Section(
        VARIANCES,
        _("Variances without a reason"),
        _("Forecasts that leave the baseline beyond tolerance; the largest amount first (V6)."),
        _("Every variance beyond tolerance has its reason."),
        [_variance(one, request) for one in largest],
        len(rows),
        url=_url(request, VARIANCES, look),
    )


def _variance(found: Unexplained, request: TenantRequest) -> VarianceLine:
    year = found.variance.year
    address = reverse("kpis:value-grid", args=[request.tenant.slug, found.effect.measure.code])
    label = year_label(year, request.tenant.fiscal_year_start)
    return VarianceLine(found, label, f"{address}?year={year}")


def _shortfalls(request: TenantRequest, look: Look) -> Section:
    terms = sustain_terms()
    among = judged_measures(request.actor, in_stead=look.in_stead)
    rows = shortfalls(among, request.tenant, terms)
    note = _(
        "Closed measures whose validated months since the closure stay more than %(percent)s per "
        "cent below what was confirmed, for %(months)s months after it (V2)."
    )
    return Section(
        SHORTFALLS,
        _("Not sustained"),
        note % {"percent": number(terms.tolerance, get_language() or "en"), "months": terms.months},
        _("Every closed measure in its sustain months keeps what was confirmed."),
        [_shortfall(one, request) for one in rows[: look.limit]],
        len(rows),
        url=_url(request, SHORTFALLS, look),
    )


def _shortfall(found: Shortfall, request: TenantRequest) -> ShortfallLine:
    args = [request.tenant.slug, found.measure.code]
    return ShortfallLine(
        found,
        reverse("kpis:measure-values", args=args),
        reverse("initiatives:measure-reopen", args=args),
    )


def _url(request: TenantRequest, name: str, look: Look) -> str:
    address = reverse("kpis:controlling-section", args=[request.tenant.slug, name])
    return f"{address}?{STEAD}=1" if look.in_stead else address


SECTIONS = {
    SECONDS: _seconds,
    CLOSURES: _closures,
    VARIANCES: _variances,
    SHORTFALLS: _shortfalls,
}
