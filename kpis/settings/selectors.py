"""Reading value settings: what is in force, and the versions."""

from django.db.models import QuerySet

from governance.calendars.choices import CalendarState
from governance.errors import NotVisible
from kpis.settings.models import ValueSettings
from kpis.settings.rules import SHIPPED, ValueTerms


def value_settings() -> ValueTerms:
    """What is in force, the shipped terms where no version was published; one query."""
    row = ValueSettings.objects.filter(state=CalendarState.PUBLISHED).first()
    return row.terms if row else SHIPPED


def settings_versions() -> QuerySet[ValueSettings]:
    """All versions with their people, newest first."""
    rows: QuerySet[ValueSettings] = ValueSettings.objects.select_related(
        "proposed_by__user", "published_by__user"
    )
    return rows.order_by("-number")


def settings_in_force() -> ValueSettings | None:
    """The published version; None where the shipped terms hold. One query."""
    return settings_versions().filter(state=CalendarState.PUBLISHED).first()


def settings_proposed() -> ValueSettings | None:
    """The draft that waits for a second person (S5). One query."""
    return settings_versions().filter(state=CalendarState.DRAFT).first()


def settings_version(number: int) -> ValueSettings:
    """One version by its number; raises `NotVisible`."""
    row = settings_versions().filter(number=number).first()
    if row is None:
        raise NotVisible
    return row
