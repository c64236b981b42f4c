"""Dirt in a cost-savings file, called by its name; nothing here is repaired or merged; pure."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.cost_savings.records import Basis, Record
from exchange.cost_savings.rules import (
    FISCAL_YEAR_START,
    NO_INVESTMENT,
    plain_key,
    record_keys,
    totals_by_year,
)
from governance.text import one_line
from kpis.rules import Month, fiscal_year

INVESTMENT_NUMBER = re.compile(r"\d{3}-\d{9}")
WORDS = re.compile(r"[^\W_]+")
TITLE_WIDTH = 60


class FindingKind(models.TextChoices):
    """What can be wrong with a record that is imported nevertheless."""

    NO_ID = "no_id", gettext_lazy("Records without an id")
    ID_GAP = "id_gap", gettext_lazy("Ids that jump")
    SAME_KEY = "same_key", gettext_lazy("Records told apart by their order alone")
    NO_INVESTMENT = "no_investment", gettext_lazy("Records without an investment")
    MORE_INVESTMENTS = "more_investments", gettext_lazy("Records with several investments")
    INVESTMENT_FORMAT = "investment_format", gettext_lazy("Investment numbers in another format")
    NO_PROSE = "no_prose", gettext_lazy("Records without prose")
    SAME_TITLE = "same_title", gettext_lazy("One title on several records")
    DOUBLE_COUNT = "double_count", gettext_lazy("Possibly counted twice (V7)")
    MISSING_YEARS = "missing_years", gettext_lazy("Years that are not stated")
    MIXED_BASIS = "mixed_basis", gettext_lazy("Net and gross mixed inside a record")
    NEGATIVE = "negative", gettext_lazy("Negative amounts")
    BEFORE_DECISION = "before_decision", gettext_lazy("Money before the decision")
    TYPOGRAPHY = "typography", gettext_lazy("Curly quotes, double spaces, tabs and outer blanks")
    KEPT = "kept", gettext_lazy("Differs here and was left as it is")
    UNKNOWN_FIELD = "unknown_field", gettext_lazy("Fields that are not known and not imported")


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: where it stands and what was done about it."""

    kind: FindingKind
    where: str
    field: str
    text: str


def find_dirt(records: Sequence[Record]) -> list[Finding]:
    """Everything odd about the records, by kind in the order of `FindingKind`."""
    found = [*_of_the_file(records)]
    for record in records:
        for check in RECORD_CHECKS:
            found += check(record)
    found += _missing_years(records)
    order = list(FindingKind)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def counts(findings: Iterable[Finding]) -> dict[FindingKind, int]:
    """How many findings of each kind there are; kinds without any are left out."""
    number = Counter(finding.kind for finding in findings)
    return {kind: number[kind] for kind in FindingKind if number[kind]}


def fiscal_years(years: Iterable[int]) -> str:
    """`FY2019, FY2020`."""
    return ", ".join(f"FY{year}" for year in sorted(years))


# --- one record at a time ---------------------------------------------------------------------


def _identity(record: Record) -> Iterator[Finding]:
    if not record.source_id:
        text = _("«%(title)s» has no id; its title, decision date and initiative identify it.")
        yield Finding(FindingKind.NO_ID, record.label, "strategyId", text % _titled(record))


def _investments(record: Record) -> Iterator[Finding]:
    field = "relatedUIIs"
    if not record.investments:
        text = _("«%(title)s» stands in the project «%(project)s».")
        values = {**_titled(record), "project": NO_INVESTMENT}
        yield Finding(FindingKind.NO_INVESTMENT, record.label, field, text % values)
    if len(record.investments) > 1:
        text = _("The first, %(first)s, gives the project; %(others)s only in the description.")
        first, *others = record.investments
        values = {"first": first, "others": ", ".join(others)}
        yield Finding(FindingKind.MORE_INVESTMENTS, record.label, field, text % values)
    for number in record.investments:
        if not INVESTMENT_NUMBER.fullmatch(number):
            text = _("%(number)s is not of the form 018-000001020; it was kept as it is.")
            yield Finding(
                FindingKind.INVESTMENT_FORMAT, record.label, field, text % {"number": number}
            )


def _prose(record: Record) -> Iterator[Finding]:
    if not record.prose.strip():
        text = _("«%(title)s» says nothing about how its savings are used.") % _titled(record)
        yield Finding(FindingKind.NO_PROSE, record.label, "useOfSavingsAvoidance", text)


def _bases(record: Record) -> Iterator[Finding]:
    net, gross = (
        [year for year, amount in record.years.items() if amount.basis is basis] for basis in Basis
    )
    if net and gross:
        text = _("Gross cells: %(count)s (%(years)s), the others net; added as they stand.")
        values = {"count": len(gross), "years": fiscal_years(gross)}
        yield Finding(FindingKind.MIXED_BASIS, record.label, "netOrGross", text % values)


def _amounts(record: Record) -> Iterator[Finding]:
    negative = [year for year, amount in record.years.items() if amount.millions < 0]
    if negative:
        text = _("Negative in %(years)s; kept.") % {"years": fiscal_years(negative)}
        yield Finding(FindingKind.NEGATIVE, record.label, "amount", text)
    decided = Month(record.decided_on.year, record.decided_on.month)
    decided_in = fiscal_year(decided, FISCAL_YEAR_START)
    early = [year for year in record.years_with_money if year < decided_in]
    if early:
        text = _("Decided on %(date)s, yet with money in %(years)s; kept.")
        values = {"date": record.decided_on.isoformat(), "years": fiscal_years(early)}
        yield Finding(FindingKind.BEFORE_DECISION, record.label, "decisionDate", text % values)


def _typography(record: Record) -> Iterator[Finding]:
    texts = {
        "strategyTitle": record.title,
        "useOfSavingsAvoidance": record.prose,
    }
    for field, value in texts.items():
        if oddities := oddities_of(value):
            text = _("Holds %(what)s.") % {"what": ", ".join(oddities)}
            yield Finding(FindingKind.TYPOGRAPHY, record.label, field, text)


def oddities_of(text: str) -> list[str]:
    """What is odd about the characters of a text, in words."""
    checks: dict[str, bool] = {
        _("curly quotes"): bool(re.search("[\u2018\u2019\u201c\u201d]", text)),
        _("double spaces"): "  " in text,
        _("tabs"): "\t" in text,
        _("outer blanks"): text != text.strip(),
    }
    return [name for name, is_found in checks.items() if is_found]


def _unknown(record: Record) -> Iterator[Finding]:
    for name in record.unknown_fields:
        text = _("This field is not known and was left out.")
        yield Finding(FindingKind.UNKNOWN_FIELD, record.label, name, text)


RECORD_CHECKS: tuple[Callable[[Record], Iterator[Finding]], ...] = (
    _identity,
    _investments,
    _prose,
    _bases,
    _amounts,
    _typography,
    _unknown,
)


# --- records side by side ---------------------------------------------------------------------


def _of_the_file(records: Sequence[Record]) -> Iterator[Finding]:
    if gaps := id_gaps(records):
        text = _("Between the lowest and the highest id these are missing: %(ids)s.")
        where = _("the file")
        yield Finding(FindingKind.ID_GAP, where, "strategyId", text % {"ids": ", ".join(gaps)})
    keys = record_keys(records)
    for record in records:
        if not record.source_id and keys[record.number] != plain_key(record):
            text = _(
                "«%(title)s» agrees with an earlier record in everything that tells them apart."
            )
            yield Finding(FindingKind.SAME_KEY, record.label, "strategyId", text % _titled(record))
    for one, other in itertools.combinations([(words(r.title), r) for r in records], 2):
        yield from _pair(one, other)


def id_gaps(records: Iterable[Record]) -> list[str]:
    """Numbers missing between the lowest and the highest numeric id, runs as `49-53`."""
    ids = sorted(int(r.source_id) for r in records if r.source_id.isdecimal())
    gaps = []
    for before, after in itertools.pairwise(ids):
        first, last = before + 1, after - 1
        if first <= last:
            gaps.append(str(first) if first == last else f"{first}-{last}")
    return gaps


def _pair(
    one_with_words: tuple[list[str], Record], other_with_words: tuple[list[str], Record]
) -> Iterator[Finding]:
    (one_words, one), (other_words, other) = one_with_words, other_with_words
    where = f"{one.label}, {other.label}"
    if one_words == other_words:
        text = (
            _("«%(title)s» stands twice with the same money; both were kept.")
            if one.years == other.years
            else _("«%(title)s» stands twice with different money; both were kept.")
        )
        yield Finding(FindingKind.SAME_TITLE, where, "strategyTitle", text % _titled(one))
    elif is_contained(one_words, other_words) and _is_telling(one, other):
        yield Finding(FindingKind.DOUBLE_COUNT, where, "strategyTitle", _double_text(one, other))


def _is_telling(one: Record, other: Record) -> bool:
    """A single common word says too little unless the investment is the same as well."""
    is_short = min(len(words(one.title)), len(words(other.title))) == 1
    return not is_short or bool(set(one.investments) & set(other.investments))


def _double_text(one: Record, other: Record) -> str:
    """Why two records look like one thing, and what speaks for and against it."""
    shared = [number for number in one.investments if number in other.investments]
    years = one.years_with_money & other.years_with_money
    parts = [
        _("«%(one)s» and «%(other)s» read like one thing; both were kept.")
        % {"one": _titled(one)["title"], "other": _titled(other)["title"]},
        _("Same investment: %(numbers)s.") % {"numbers": ", ".join(shared)}
        if shared
        else _("Different investments."),
        _("Both with money in %(years)s.") % {"years": fiscal_years(years)}
        if years
        else _("No year with money in both."),
    ]
    return " ".join(parts)


def is_contained(one: list[str], other: list[str]) -> bool:
    """Whether all words of the shorter title stand together, in order, in the longer one."""
    short, long = sorted((one, other), key=len)
    width = len(short)
    starts = range(len(long) - width + 1)
    return bool(short) and any(long[start : start + width] == short for start in starts)


def words(title: str) -> list[str]:
    """The words of a title, without case and punctuation."""
    return WORDS.findall(title.casefold())


def _missing_years(records: Sequence[Record]) -> Iterator[Finding]:
    all_years = set(totals_by_year(records))
    for record in records:
        if missing := all_years - set(record.years):
            text = _("%(years)s not stated: no cells were written, which is not zero.")
            values = {"years": fiscal_years(missing)}
            yield Finding(FindingKind.MISSING_YEARS, record.label, "fyNNNN", text % values)


def _titled(record: Record) -> dict[str, str]:
    title = one_line(record.title)
    is_long = len(title) > TITLE_WIDTH
    return {"title": title[: TITLE_WIDTH - 1] + "…" if is_long else title}
