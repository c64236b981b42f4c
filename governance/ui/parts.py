"""Parts of pages as small frozen values: what a view hands to the component templates."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the breadcrumbs; the last one carries no URL."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a data table; `key` is the ordering parameter it answers to."""

    key: str
    label: str
    numeric: bool = False
    sortable: bool = False
    hint: str = ""
    hide_label: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: a page of its own with its own URL."""

    label: str
    url: str
    is_current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One link among alternatives, such as a filter preset or a tenant."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a definition list; what is missing says where it can be mended."""

    label: str
    value: str = ""
    url: str = ""
    missing_url: str = ""
    missing_label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sentence of a history, with its author and what changed."""

    at: datetime
    sentence: str
    actor: str = ""
    detail: str = ""
    icon: str = ""
    tone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the ladder as the stepper shows it."""

    doi: int
    code: str
    label: str
    is_current: bool = False
    is_reached: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A table heading ready to print: where its link leads and how it is sorted now."""

    column: Column
    link_ordering: str
    direction: str


def headings(columns: list[Column], ordering: str) -> list[Heading]:
    """Pair columns with their sort links; a second click on the sorted column turns the order."""
    return [_heading(column, ordering) for column in columns]


def _heading(column: Column, ordering: str) -> Heading:
    key = column.key
    if not column.sortable:
        return Heading(column, "", "")
    if ordering == key:
        return Heading(column, f"-{key}", "ascending")
    if ordering == f"-{key}":
        return Heading(column, key, "descending")
    return Heading(column, f"-{key}" if column.numeric else key, "none")
