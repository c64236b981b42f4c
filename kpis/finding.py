"""What a search finds of this app: KPIs by code, name and description."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from governance.people.actor import Actor
from governance.search.registry import Found, Hit, SearchKind
from kpis.indicators.selectors import KpiFilters, kpi_list


def find_kpis(text: str, by: Actor, most: int) -> Found:
    """KPIs of the tenant for whoever sees any place in it; one query."""
    rows = kpi_list(KpiFilters(q=text), by=by).order_by("code")[:most]
    hits = [Hit(row.name, f"kpis/{row.code}/", row.code) for row in rows]
    return Found(hits)


KIND: Final = SearchKind("kpis", _("KPIs"), "target-arrow", 30, find_kpis, "kpis/")
