"""What a status report may say; pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import FieldErrors
from governance.text import one_line, prose, text_fault
from initiatives.choices import Light

T = TypeVar("T")

FIRST_REPORT = date(1990, 1, 1)
RATER_LENGTH, STATED_LENGTH, COMMENTARY_LENGTH = 120, 200, 20_000
WORDS_LENGTH = 4_000
# What an update says in several lines, each with its limit.
PROSE = {
    "achieved": WORDS_LENGTH,
    "next_steps": WORDS_LENGTH,
    "decision_needed": WORDS_LENGTH,
    "commentary": COMMENTARY_LENGTH,
}
LIMITS = {"rater": RATER_LENGTH, "stated": STATED_LENGTH, **PROSE}


def tidy_report(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields as they are kept: short texts on one line, outer blanks gone."""
    words = {name: prose(str(fields[name])) for name in PROSE if name in fields}
    lines = {name: one_line(str(fields[name])) for name in ("rater", "stated")}
    return {**fields, **lines, **words}


def report_faults(fields: Mapping[str, Any], today: date) -> FieldErrors:
    """Why a report cannot be kept, by field; empty if it can."""
    found: dict[str, StrOrPromise | None] = {
        name: text_fault(fields[name], limit=limit, required=False)
        for name, limit in LIMITS.items()
        if name in fields
    }
    if fields["light"] not in Light.values:
        found["light"] = _("Choose green, amber, red, blue or grey.")
    if not FIRST_REPORT <= fields["reported_on"] <= today:
        found["reported_on"] = _("Give a day between 1 January 1990 and today.")
    return {name: [fault] for name, fault in found.items() if fault}


def report_label(reported_on: date, rater: str) -> str:
    """How a history of many calls one report of a measure: its day, and who rated."""
    return f"{reported_on.isoformat()} {rater}".strip()


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of so many; the last may be shorter."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
