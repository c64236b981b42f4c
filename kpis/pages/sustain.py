"""The sustain period on the value tab of a closed measure: what was expected, what came (V2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from governance.web.requests import TenantRequest
from initiatives.gates.hands import hands_on, may_ask
from initiatives.gates.transitions import TABLE
from initiatives.models import Measure
from kpis.figures.facts import MeasureFacts
from kpis.figures.selectors import clock_of
from kpis.figures.shortfalls import sustain_terms, sustained_in
from kpis.figures.sustain import Sustained, SustainTerms
from kpis.models import Effect

REOPENING = TABLE["T13"]


@dataclass(frozen=True, slots=True)
class SustainLine:
    """One effect in its sustain months, by the name people call it."""

    name: str
    unit: str
    sustained: Sustained


@dataclass(frozen=True, slots=True)
class SustainPanel:
    """What a closed measure has to sustain; the way to reopen it for those who may ask."""

    terms: SustainTerms
    lines: Sequence[SustainLine]
    reopen_url: str

    @property
    def is_short(self) -> bool:
        """Whether anything stays behind beyond tolerance."""
        return any(line.sustained.is_short for line in self.lines)


def sustain_context(
    request: TenantRequest, measure: Measure, facts: MeasureFacts
) -> dict[str, Any]:
    """Context of `kpis/_sustain.html`; three queries for a closed measure, none for others."""
    if facts.closed_in is None:
        return {"sustain": None}
    terms = sustain_terms()
    found = sustained_in(facts, clock_of(request.tenant), terms)
    if not found:
        return {"sustain": None}
    effects = Effect.objects.select_related("metric").in_bulk([one.effect.key for one in found])
    lines = [_line(effects[one.effect.key], one) for one in found]
    reopen_url = ""
    if may_ask(REOPENING, hands_on(measure, request.actor)):
        reopen_url = reverse("initiatives:measure-reopen", args=[request.tenant.slug, measure.code])
    return {"sustain": SustainPanel(terms, lines, reopen_url)}


def _line(effect: Effect, found: Sustained) -> SustainLine:
    return SustainLine(effect.name or effect.metric.name, found.effect.unit, found)
