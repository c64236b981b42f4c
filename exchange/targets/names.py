"""From words in cells to people, master data and metrics of the tenant, asked once a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from exchange.findings import Finding, error
from exchange.profiles.base import HEADLINE
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity, MasterData
from governance.people.models import Membership
from governance.people.selectors import live_memberships
from kpis.choices import Aggregation
from kpis.metrics.choices import Sign
from kpis.metrics.services import STARTING_METRICS, MetricDraft
from kpis.models import Metric
from kpis.selectors import metrics

PEOPLE = ("owner", "sponsor", "controller")
DAYS = ("planned_start", "planned_end")
LISTS: dict[str, type[MasterData]] = {
    "business_unit": BusinessUnit,
    "function": Function,
    "legal_entity": LegalEntity,
    "forum": Forum,
}
# What an import may bring along where the tenant does not have it.
STATUS_METRICS = (
    MetricDraft(
        "WHOLE_LIFE_COST",
        "Whole-life cost as stated",
        aggregation=Aggregation.LAST,
        sign=Sign.LESS,
    ),
    MetricDraft("YEAR_BASELINE", "Cost of the year, baseline", sign=Sign.LESS),
    MetricDraft("YEAR_FORECAST", "Cost of the year, forecast", sign=Sign.LESS),
)
ADDABLE = {draft.code: draft for draft in (*STARTING_METRICS, *STATUS_METRICS)}


@dataclass(slots=True)
class Names:
    """Looks names up; everything is loaded on first need and kept for the file."""

    headline: str
    people: dict[str, Membership] = field(default_factory=dict)
    by_name: dict[str, list[Membership]] = field(default_factory=dict)
    lists: dict[str, dict[str, MasterData]] = field(default_factory=dict)
    metrics_known: dict[str, Metric] = field(default_factory=dict)
    has_metrics: bool = False
    has_people: bool = False

    def values(
        self, fields: Mapping[str, str], headings: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Finding]]:
        """Texts of a measure's fields as what the measure takes, and what was not found."""
        found: dict[str, Any] = {}
        faults: list[Finding] = []
        for name, text in fields.items():
            value = self._value(name, text, headings.get(name, name))
            if isinstance(value, Finding):
                faults.append(value)
            else:
                found[name] = value
        return found, faults

    def _value(self, name: str, text: str, heading: str) -> Any:
        if name in PEOPLE:
            return self._person(text, heading)
        if name in LISTS:
            return self._entry(name, text, heading)
        return date.fromisoformat(text) if name in DAYS else text

    def _person(self, text: str, heading: str) -> Membership | Finding:
        if not self.has_people:
            self.has_people = True
            for member in live_memberships():
                self.people[member.email.casefold()] = member
                self.by_name.setdefault(member.name.casefold(), []).append(member)
        folded = text.casefold()
        if folded in self.people:
            return self.people[folded]
        named = self.by_name.get(folded, [])
        if len(named) == 1:
            return named[0]
        return error("several_people" if named else "unknown_person", heading, text=text)

    def _entry(self, name: str, text: str, heading: str) -> MasterData | Finding:
        if name not in self.lists:
            rows = list(LISTS[name].objects.order_by("-id"))
            by_name = {row.name.casefold(): row for row in rows}
            self.lists[name] = by_name | {row.code.casefold(): row for row in rows}
        entry = self.lists[name].get(text.casefold())
        return entry or error("unknown_entry", heading, text=text)

    def metric(self, text: str) -> Metric | MetricDraft | None:
        """A metric by code or name, or one that the import can add; None for neither."""
        if not self.has_metrics:
            self.reload_metrics()
        wanted = (self.headline if text == HEADLINE else text).casefold()
        known = self.metrics_known.get(wanted)
        if known is not None:
            return known
        return next((d for code, d in ADDABLE.items() if code.casefold() == wanted), None)

    def reload_metrics(self) -> None:
        """After metrics were added."""
        rows = list(metrics())
        self.metrics_known = {row.name.casefold(): row for row in rows}
        self.metrics_known |= {row.code.casefold(): row for row in rows}
        self.has_metrics = True
