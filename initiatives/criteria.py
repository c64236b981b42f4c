"""Automatic gate criteria by name (G4): the app that owns the facts registers how to check them."""

from collections.abc import Callable
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a criterion holds; if not, what is missing and the page that mends it.

    `where` is the name of an address that takes (tenant, code); empty where nothing can be opened.
    """

    is_met: bool
    missing: StrOrPromise = ""
    where: str = ""


MET = Finding(is_met=True)
Check = Callable[[Measure], Finding]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One automatic criterion: its stable name, what it asks for, and the rule over the data."""

    name: str
    label: StrOrPromise
    check: Check


_criteria: dict[str, Criterion] = {}


def register(criterion: Criterion) -> None:
    """Add a criterion; registering the same name again replaces it."""
    _criteria[criterion.name] = criterion


def criterion(name: str) -> Criterion:
    """The criterion of that name; raises `KeyError`, for a stage model names known ones only."""
    return _criteria[name]


def known_criteria() -> frozenset[str]:
    return frozenset(_criteria)
