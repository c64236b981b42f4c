"""What an import did and what it saw, for people and for programs; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from exchange.cost_savings.findings import Finding, FindingKind, counts
from exchange.cost_savings.records import Record
from exchange.cost_savings.rules import DOLLARS, totals_by_class, totals_by_year
from governance.tree.choices import Level
from kpis.choices import EffectClass

# What such a file never says; nothing of it is made up.
ABSENT: tuple[StrOrPromise, ...] = (
    gettext_lazy("Stage and status: every measure starts Identified; no decision is invented."),
    gettext_lazy("Run-rate: each fiscal year's amount stands for itself, as a one-off effect."),
    gettext_lazy("Months: an amount is spread evenly over October to September."),
    gettext_lazy("Planned start and end: empty; the decision date is in the description."),
    gettext_lazy("Owner, sponsor, controller, unit, function, entity and forum: empty."),
)


class State(models.TextChoices):
    """What became of a record."""

    CREATED = "created", gettext_lazy("created")
    CHANGED = "changed", gettext_lazy("changed")
    UNCHANGED = "unchanged", gettext_lazy("unchanged")


@dataclass(frozen=True, slots=True)
class YearChange:
    """A fiscal year's amount in dollars before and after; None is «not stated»."""

    year: int
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One record and its measure."""

    record: Record
    code: str
    state: State
    changes: tuple[YearChange, ...] = ()
    kept: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One run over one file."""

    file_name: str
    digest: str
    tenant: str
    portfolio: str
    outcomes: Sequence[Outcome]
    dirt: Sequence[Finding]
    new_nodes: Mapping[Level, int]
    stored: Mapping[int, Decimal]
    is_dry_run: bool = False

    @property
    def records(self) -> list[Record]:
        return [outcome.record for outcome in self.outcomes]

    @property
    def findings(self) -> list[Finding]:
        kept = [finding for outcome in self.outcomes for finding in outcome.kept]
        return [*kept, *self.dirt]

    @property
    def totals(self) -> dict[int, Decimal]:
        """$ million per fiscal year, as the file states them."""
        return totals_by_year(self.records)

    @property
    def classes(self) -> dict[EffectClass, Decimal]:
        """$ million per class of effect, as the file states them."""
        return totals_by_class(self.records)

    def count(self, state: State) -> int:
        return sum(outcome.state is state for outcome in self.outcomes)


def money(amount: Decimal) -> str:
    """Grouped, without trailing zeros, with at least four decimals: check figures carry four."""
    places = max(4, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{places}f}"


def as_text(report: Report) -> str:
    """The report for a terminal."""
    parts = (_headline(report), _changes(report), _totals(report), _absent(), _findings(report))
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _headline(report: Report) -> Iterator[str]:
    if report.is_dry_run:
        yield _("Dry run: everything below was tried and taken back; nothing was written.")
    values = {"file": report.file_name, "tenant": report.tenant, "portfolio": report.portfolio}
    yield _("%(file)s into tenant %(tenant)s, portfolio «%(portfolio)s»") % values
    numbers = {state.value: report.count(state) for state in State}
    numbers["count"] = len(report.outcomes)
    text = ngettext(
        "%(count)s record: %(created)s created, %(changed)s changed, %(unchanged)s unchanged",
        "%(count)s records: %(created)s created, %(changed)s changed, %(unchanged)s unchanged",
        len(report.outcomes),
    )
    yield text % numbers
    nodes = ", ".join(f"{number} {level.label}" for level, number in report.new_nodes.items())
    yield _("New nodes: %(nodes)s") % {"nodes": nodes or _("none")}


def _changes(report: Report) -> Iterator[str]:
    for outcome in report.outcomes:
        if outcome.changes:
            yield f"{outcome.code} {outcome.record.label}: {outcome.record.title}"
        for change in outcome.changes:
            before, after = _millions(change.before), _millions(change.after)
            yield f"  FY{change.year}: {before} → {after}"


def _millions(dollars: Decimal | None) -> str:
    return _("not stated") if dollars is None else money(dollars / DOLLARS)


def _totals(report: Report) -> Iterator[str]:
    yield _("Totals of the file, $ million")
    totals = report.totals
    for year, amount in totals.items():
        yield _row(f"FY{year}", amount)
    total = sum(totals.values(), Decimal(0))
    yield _row(_("Total"), total)
    for effect_class, amount in report.classes.items():
        yield _row(str(effect_class.label), amount)
    stored = sum(report.stored.values(), Decimal(0)) / DOLLARS
    is_equal = all(report.stored.get(y, Decimal(0)) == v * DOLLARS for y, v in totals.items())
    yield _row(_("Stored"), stored)
    if is_equal and stored == total:
        yield _("Stored and stated amounts are equal in every year.")
    else:
        yield _("Stored and stated amounts differ: see below what was left as it is here.")


def _row(label: str, amount: Decimal) -> str:
    return f"  {label:<16}{money(amount):>18}"


def _absent() -> Iterator[str]:
    yield _("What the file does not say")
    for text in ABSENT:
        yield f"  - {text}"


def _findings(report: Report) -> Iterator[str]:
    findings = report.findings
    yield _("What was found in the file: %(count)s") % {"count": len(findings)}
    for kind, number in counts(findings).items():
        yield f"  {kind.label}: {number}"
        for finding in findings:
            if finding.kind is kind:
                yield f"    - {finding.where}, {finding.field}: {finding.text}"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain JSON values; amounts are decimal texts."""
    return {
        "file": report.file_name,
        "sha256": report.digest,
        "tenant": report.tenant,
        "portfolio": report.portfolio,
        "dry_run": report.is_dry_run,
        "counts": {state.value: report.count(state) for state in State},
        "new_nodes": {level.word: number for level, number in report.new_nodes.items()},
        "millions_by_fiscal_year": {str(y): format(v, "f") for y, v in report.totals.items()},
        "millions_by_class": {c.value: format(v, "f") for c, v in report.classes.items()},
        "stored_dollars_by_fiscal_year": {
            str(year): format(amount, "f") for year, amount in report.stored.items()
        },
        "absent": [str(text) for text in ABSENT],
        "records": [_outcome_data(outcome) for outcome in report.outcomes],
        "findings": [
            {"kind": f.kind.value, "where": f.where, "field": f.field, "text": f.text}
            for f in report.findings
        ],
        "finding_counts": {
            FindingKind(kind).value: number for kind, number in counts(report.findings).items()
        },
    }


def _outcome_data(outcome: Outcome) -> dict[str, Any]:
    return {
        "number": outcome.record.number,
        "strategy_id": outcome.record.source_id or None,
        "measure": outcome.code,
        "state": outcome.state.value,
        "changes": [
            {"fiscal_year": c.year, "before": _spelled(c.before), "after": _spelled(c.after)}
            for c in outcome.changes
        ],
    }


def _spelled(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")
