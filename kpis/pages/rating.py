"""By which rates totals are shown: the choice in an address, converted lines, what has no rate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.tenancy.models import Tenant
from governance.ui.format import rounded
from governance.ui.parts import Tab
from governance.web.requests import TenantRequest
from kpis.grid import Group, Line, in_home, is_foreign
from kpis.pages.charts import month_label
from kpis.rates.choices import RateBasis, RateKind
from kpis.rates.rules import Converter, Key, kind_for
from kpis.rates.selectors import converter
from kpis.rules import fiscal_year, year_label

RATE = "rate"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Rating:
    """The lines of a place in the tenant's currency, and by which rates (V8)."""

    basis: RateBasis
    tenant: Tenant
    lines: Sequence[Line]
    converters: Mapping[RateKind, Converter]

    def tabs(self, url: str) -> list[Tab]:
        """The choice of rates; nothing to choose where no other currency stands."""
        if not self.converters:
            return []
        return [Tab(str(b.label), with_rate(url, b), b is self.basis) for b in RateBasis]

    def kept_in(self, url: str) -> str:
        """An address that keeps the choice."""
        return with_rate(url, self.basis) if self.converters else url

    def notes(self, group: Group) -> list[str]:
        """What a total should say of rates: by which it was converted, or which is missing."""
        found = self.converters.get(kind_for(self.basis, group.lines[0].aggregation))
        if found is None or not group.lines[0].is_money:
            return []
        if group.unit == self.tenant.currency:
            return [str(self.basis.label).lower()]
        months = {month for line in group.lines for month in line.months}
        keys = [key for key in found.missing if key[0] == group.unit and key[1] in months]
        return missing_notes(keys, self.basis, self.tenant)


def rating_of(request: TenantRequest, lines: Sequence[Line]) -> Rating:
    """Lines by the rates that the address asks for; a query for each kind of rate they need.

    Raises `Invalid` for a choice there is not.
    """
    basis, tenant = chosen_basis(request.GET), request.tenant
    foreign = [line for line in lines if is_foreign(line, tenant.currency)]
    kinds = {kind_for(basis, line.aggregation) for line in foreign}
    converters = {kind: converter(kind, tenant) for kind in sorted(kinds)}
    return Rating(basis, tenant, in_home(lines, basis, converters), converters)


def chosen_basis(query: QueryDict) -> RateBasis:
    """Which rates an address asks for, plan rates unless it says so; raises `Invalid`."""
    word = query.get(RATE, "") or RateBasis.PLAN.value
    if word not in RateBasis.values:
        raise Invalid({RATE: [_("Choose plan or period.")]})
    return RateBasis(word)


def with_rate(url: str, basis: RateBasis) -> str:
    return f"{url}{'&' if '?' in url else '?'}{RATE}={basis.value}"


def missing_notes(keys: Collection[Key], basis: RateBasis, tenant: Tenant) -> list[str]:
    """One sentence for each currency: `no plan rate for USD in 2026, 2027`."""
    start, notes = tenant.fiscal_year_start, []
    for currency in sorted({currency for currency, _month in keys}):
        months = sorted(month for code, month in keys if code == currency)
        if basis is RateBasis.PLAN:
            years = sorted({fiscal_year(month, start) for month in months})
            names = [year_label(year, start) for year in years]
            text = _("no plan rate for %(currency)s in %(when)s")
        else:
            names = [month_label(month) for month in months]
            text = _("no period rate for %(currency)s in %(when)s")
        more = len(names) - MOST_NAMED
        when = ", ".join(names[:MOST_NAMED])
        if more > 0:
            when = _("%(when)s and %(more)s more") % {"when": when, "more": more}
        notes.append(text % {"currency": currency, "when": when})
    return notes


def shown_total(total: Decimal | None, decimals: int) -> Decimal | None:
    """A converted total as it is shown: the only place where it is rounded."""
    return None if total is None else rounded(total, max(2, decimals))
