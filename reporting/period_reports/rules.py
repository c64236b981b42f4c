"""How reports of a period are hashed, chained and compared, and which may be signed; pure (R4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django_stubs_ext import StrOrPromise

from governance.audit.rules import body_hash, canonical
from governance.errors import FieldErrors
from governance.text import prose, text_fault
from initiatives.rhythm.rules import ReportingPeriod, Standing
from initiatives.rules_reports import WORDS_LENGTH

# Before the first report of a node.
GENESIS: Final = "0" * 64
REASON_LENGTH: Final = 1_000
# How many entries of a list a report names; beyond them it tells how many there are.
MOST_LISTED: Final = 50
WORDS: Final = ("achieved", "next_steps", "decision_needed")


@dataclass(frozen=True, slots=True)
class Words:
    """What the one who signs says in words."""

    achieved: str = ""
    next_steps: str = ""
    decision_needed: str = ""


def tidy_words(words: Words) -> dict[str, str]:
    """The same as it is kept."""
    return {name: prose(getattr(words, name)) for name in WORDS}


def word_faults(said: Mapping[str, str], reason: str | None) -> FieldErrors:
    """Why something cannot be kept, by field; `reason` only where one is asked for."""
    found: dict[str, StrOrPromise | None] = {
        name: text_fault(said[name], limit=WORDS_LENGTH, required=False) for name in WORDS
    }
    if reason is not None:
        found["reason"] = text_fault(reason, limit=REASON_LENGTH)
    return {name: [fault] for name, fault in found.items() if fault}


# --- which period -------------------------------------------------------------------------------


def signable(standing: Standing, last_due: date | None, today: date) -> list[ReportingPeriod]:
    """Periods that can be signed now, the one that waits longest first.

    Those are the last that was due and the one that runs, once it has begun; none that lies at or
    before the last signed one, since reports follow each other in time.
    """
    begun = [one for one in (standing.due, standing.running) if one and one.first_on <= today]
    return [one for one in begun if last_due is None or one.due_on > last_due]


def period_to_sign(standing: Standing, today: date) -> ReportingPeriod | None:
    """The period whose signature is waited for: the last that was due, else the first one."""
    return next(iter(signable(standing, None, today)), None)


def sign_refusal(
    *, is_lead: bool, may_sign: bool, is_sponsor: bool, is_consultant: bool
) -> str | None:
    """Why somebody does not sign the report of a node; None where they do.

    Its lead signs, or that of a node above; the transformation office in their stead. A sponsor is
    who the report is for, and a consultant prepares and signs nothing (S7).
    """
    if is_consultant and (is_lead or may_sign):
        return "consultant_signs_nothing"
    if is_sponsor and (is_lead or may_sign):
        return "sponsor_reads_the_report"
    return None if is_lead or may_sign else "forbidden"


# --- the chain ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A report as a verification reads it: its columns, and what its body says of the same."""

    number: int
    body: str
    hash: str
    previous_hash: str
    beside: Mapping[str, Any]


def draft_hash(facts: Mapping[str, Any]) -> str:
    """What the signer saw, in hex: the facts without words, signature and place in the chain."""
    return body_hash(canonical(facts))


def chain_fault(
    link: Link, said: Mapping[str, Any], before: Link | None, recorded: str | None
) -> str | None:
    """The first thing that is wrong with a report; None where it holds.

    `said` is its body read, `recorded` the hash that the audit trail tells of its signature.
    """
    expected = before.number + 1 if before else 1
    beside = [name for name, value in link.beside.items() if said.get(name) != value]
    found = {
        f"report {expected} is missing": link.number != expected,
        "the hash does not follow from what the report says": body_hash(link.body) != link.hash,
        "it does not continue the report before it": link.previous_hash
        != (before.hash if before else GENESIS),
        f"beside it stands another than it says: {', '.join(beside)}": bool(beside),
        "the audit trail knows nothing of its signature": recorded is None,
        "the audit trail tells another hash": recorded != link.hash,
    }
    return next((what for what, is_wrong in found.items() if is_wrong), None)


# --- what changed since -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; `section` and `name` are keys of the report."""

    section: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two reports: values, and entries of lists that came or went."""

    changes: Sequence[Change] = ()
    came: Mapping[str, Sequence[str]] = field(default_factory=dict)
    went: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.changes and not any([*self.came.values(), *self.went.values()])


# Parts of a report whose values are compared one by one.
COMPARED: Final = ("figures", "lights", "updates")
# Lists whose entries are compared by a key of theirs.
LISTS: Final = {
    "overrides": ("measure", "light"),
    "milestones.late": ("measure", "title"),
    "exceptions.live": ("code",),
}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """What is different in a later report; what only one of them has differs from nothing."""
    changes = [
        Change(section, name, a, b)
        for section in COMPARED
        for name, a, b in _pairs(before.get(section, {}), after.get(section, {}))
        if a != b
    ]
    came, went = {}, {}
    for path, keys in LISTS.items():
        old, new = (_named(report, path, keys) for report in (before, after))
        came[path] = [name for name in new if name not in old]
        went[path] = [name for name in old if name not in new]
    return Difference(changes, came, went)


def _pairs(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    old, new = _flat(before), _flat(after)
    return [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])]


def _flat(part: Any, prefix: str = "") -> dict[str, Any]:
    """Single values by their path; lists are compared by other means."""
    if isinstance(part, Mapping):
        found: dict[str, Any] = {}
        for name, value in part.items():
            found |= _flat(value, f"{prefix}.{name}" if prefix else str(name))
        return found
    return {} if isinstance(part, list) else {prefix: part}


def _named(report: Mapping[str, Any], path: str, keys: Sequence[str]) -> list[str]:
    part: Any = report
    for name in path.split("."):
        part = part.get(name, {})
    return [" ".join(str(item[key]) for key in keys) for item in part.get("items", ())]
