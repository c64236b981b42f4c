"""How a record becomes a measure: names, stable keys, class of the effect, monthly cells; pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from exchange.cost_savings.records import AmountType, Basis, Record
from governance.text import one_line
from kpis.choices import EffectClass, EffectKind
from kpis.phasing import spread
from kpis.rules import Month, fiscal_year, months_of_fiscal_year

DEFAULT_PORTFOLIO = "IT cost savings"
NO_INVESTMENT = "No investment"
METRIC_CODE = "COST"
CURRENCY = "USD"
# The US federal fiscal year begins in October of the year before.
FISCAL_YEAR_START = 10
DOLLARS = Decimal(1_000_000)
# Each fiscal year's amount stands for itself: the file states no run-rate.
KIND = EffectKind.ONE_OFF
SOURCE = "ed"

CLASSES: dict[AmountType, EffectClass] = {
    AmountType.SAVINGS: EffectClass.HARD,
    AmountType.AVOIDANCE: EffectClass.AVOIDANCE,
    AmountType.BOTH: EffectClass.UNSPLIT,
}


def project_name(record: Record) -> str:
    """The first related investment; records without one share a project of each program."""
    return record.investments[0] if record.investments else NO_INVESTMENT


def node_key(name: str) -> str:
    """The source key of a node, which survives a renaming here."""
    return f"{SOURCE}:{name}"


def plain_key(record: Record) -> str:
    """A key for a record without id, from its title, decision date and initiative."""
    facts = (one_line(record.title).casefold(), record.decided_on.isoformat(), record.initiative)
    return f"{SOURCE}:#{hashlib.sha256(chr(31).join(facts).encode()).hexdigest()[:32]}"


def record_keys(records: Sequence[Record]) -> dict[int, str]:
    """Record number to its key, unique within the file: the id, else the facts that tell it apart.

    Records that agree in all of these are told apart by their order in the file.
    """
    keys: dict[int, str] = {}
    seen: dict[str, int] = {}
    for record in records:
        key = f"{SOURCE}:{record.source_id}" if record.source_id else plain_key(record)
        seen[key] = seen.get(key, 0) + 1
        keys[record.number] = key if seen[key] == 1 else f"{key}:{seen[key]}"
    return keys


def former_key(record: Record, keys: Mapping[int, str]) -> str | None:
    """Where a record stands whose id came later: under the key it had without one."""
    key = plain_key(record)
    return key if record.source_id and key not in keys.values() else None


def year_cells(millions: Decimal, year: int, decimals: int) -> dict[Month, Decimal]:
    """One fiscal year in dollars by month; the months add up to the amount exactly (V1)."""
    return spread(millions * DOLLARS, months_of_fiscal_year(year, FISCAL_YEAR_START), decimals)


def plan_cells(record: Record, decimals: int) -> dict[Month, Decimal]:
    """All months the record states: a zero year is twelve zeros, a missing year is nothing."""
    cells: dict[Month, Decimal] = {}
    for year, amount in record.years.items():
        cells |= year_cells(amount.millions, year, decimals)
    return cells


def unkept_years(record: Record, decimals: int) -> list[int]:
    """Years whose amount is finer than the metric keeps, so that it could not be kept exactly."""
    step = Decimal(1).scaleb(-decimals)
    return [
        year
        for year, amount in record.years.items()
        if (dollars := amount.millions * DOLLARS) != dollars.quantize(step)
    ]


def totals_by_year(records: Iterable[Record]) -> dict[int, Decimal]:
    """$ million per fiscal year over all records, in order."""
    totals: dict[int, Decimal] = {}
    for record in records:
        for year, amount in record.years.items():
            totals[year] = totals.get(year, Decimal(0)) + amount.millions
    return dict(sorted(totals.items()))


def totals_by_class(records: Iterable[Record]) -> dict[EffectClass, Decimal]:
    """$ million per class of effect over all records, in the order of the classes."""
    totals = dict.fromkeys(EffectClass, Decimal(0))
    for record in records:
        years = (amount.millions for amount in record.years.values())
        totals[CLASSES[record.amount_type]] += sum(years, Decimal(0))
    return totals


@dataclass(frozen=True, slots=True)
class Merge:
    """What a file changes in a plan that is here already: month to amount, None empties it."""

    cells: Mapping[Month, Decimal | None]
    kept_years: frozenset[int]

    @property
    def years(self) -> list[int]:
        return sorted({fiscal_year(month, FISCAL_YEAR_START) for month in self.cells})


def merge(
    stated: Mapping[Month, Decimal], here: Mapping[Month, Decimal], by_hand: Collection[Month]
) -> Merge:
    """Compare what the file states with what is here; months last written by hand are not undone.

    A fiscal year in which both differ stays whole as it is here: half of each would add up to
    neither. A year that the file no longer states is emptied.
    """
    differing = [m for m in sorted({*stated, *here}) if stated.get(m) != here.get(m)]
    touched = {fiscal_year(month, FISCAL_YEAR_START) for month in differing}
    kept = touched & {fiscal_year(month, FISCAL_YEAR_START) for month in by_hand}
    cells = {m: stated.get(m) for m in differing if fiscal_year(m, FISCAL_YEAR_START) not in kept}
    return Merge(cells, frozenset(kept))


def year_total(cells: Mapping[Month, Decimal], year: int) -> Decimal | None:
    """Dollars of one fiscal year; None where no month is stated."""
    months = months_of_fiscal_year(year, FISCAL_YEAR_START)
    amounts = [cells[month] for month in months if month in cells]
    return sum(amounts, Decimal(0)) if amounts else None


def description(record: Record) -> str:
    """The record's prose, then those of its facts that have no field of their own here.

    The decision date is among them: it says when something was decided and not when work is
    planned to start, so that planned start and end stay empty.
    """
    gross = [f"FY{y}" for y, amount in record.years.items() if amount.basis is Basis.GROSS]
    facts = [
        _("Id in the source: %(id)s.") % {"id": record.source_id}
        if record.source_id
        else _("Without an id in the source."),
        _("Decided on %(date)s.") % {"date": record.decided_on.isoformat()},
        _("Investments: %(numbers)s.") % {"numbers": ", ".join(record.investments)}
        if record.investments
        else _("No investment named."),
        _("Gross amounts in %(years)s, net in the others.") % {"years": ", ".join(gross)}
        if gross
        else _("All amounts are net."),
    ]
    return "\n\n".join(filter(None, [record.prose.strip(), " ".join(facts)]))
