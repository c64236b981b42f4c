"""What a profile is: the fields a column can mean, its options, and how a row becomes a draft."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from exchange.choices import ProfileCode
from exchange.drafts import Draft
from exchange.profiles.source import SourceRow

MONTHS = "months"
# The tenant's headline metric, whatever it is called.
HEADLINE = "@headline"


class Target(StrEnum):
    """What rows of a profile become."""

    MEASURES = "measures"
    KPIS = "kpis"
    MASTER_DATA = "master_data"


@dataclass(frozen=True, slots=True)
class Field:
    """A meaning that a column can have; `aliases` are headings that mean it in the wild."""

    name: str
    label: StrOrPromise
    help: StrOrPromise = ""
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice for the whole file; `choices` empty means a line of text."""

    name: str
    label: StrOrPromise
    help: StrOrPromise = ""
    default: str = ""
    choices: Sequence[tuple[str, StrOrPromise]] = ()
    is_place: bool = False
    is_day: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of an import, and what of the tenant they lean on."""

    options: Mapping[str, str]
    currency: str
    headline_metric: str
    fiscal_year_start: int
    source: str = ""
    memory: dict[str, str] = field(default_factory=dict)

    def option(self, name: str) -> str:
        return self.options.get(name, "")


NOTATION_OPTIONS = (
    Option(
        "decimal_sign",
        _("Decimal sign"),
        _("Only where the numbers themselves do not tell, such as 1.234."),
        choices=(("", _("As the numbers tell")), (".", _("Point")), (",", _("Comma"))),
    ),
    Option(
        "day_order",
        _("Order of days"),
        _("Only where the days themselves do not tell, such as 01/02/2026."),
        choices=(
            ("", _("As the days tell")),
            ("day", _("Day first")),
            ("month", _("Month first")),
        ),
    ),
)


class Profile(ABC):
    """How one kind of file is read."""

    code: ClassVar[ProfileCode]
    target: ClassVar[Target] = Target.MEASURES
    summary: ClassVar[StrOrPromise]
    fields: ClassVar[tuple[Field, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    takes_months: ClassVar[bool] = False
    is_fixed: ClassVar[bool] = False

    @abstractmethod
    def draft(self, source: SourceRow, settings: Settings) -> Draft | None:
        """What the row asks for; None for a row that says nothing (then a finding says why)."""

    @property
    def label(self) -> StrOrPromise:
        return self.code.label

    @property
    def every_option(self) -> tuple[Option, ...]:
        """Options of the profile, and how ambiguous numbers and days are meant."""
        return self.options if self.is_fixed else (*self.options, *NOTATION_OPTIONS)

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Field to the headings that mean it, its own name among them."""
        return {f.name: (f.name, *f.aliases) for f in self.fields}

    def missing(self, mapped: Sequence[str]) -> list[Field]:
        """Required fields that no column is mapped to."""
        return [f for f in self.fields if f.is_required and f.name not in mapped]
