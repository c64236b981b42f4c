"""Reading versions of a setting: all, the one in force, the one that waits, one by its number."""

from typing import TypeVar

from django.db.models import QuerySet

from governance.errors import NotVisible
from governance.versions.choices import VersionState
from governance.versions.models import SettingVersion

Row = TypeVar("Row", bound=SettingVersion)


def versions_of(model: type[Row]) -> QuerySet[Row]:
    """All versions with their people, newest first."""
    rows: QuerySet[Row] = model.objects.select_related("proposed_by__user", "published_by__user")
    return rows.order_by("-number")


def version_in_force(model: type[Row]) -> Row | None:
    """The published version; None where what is shipped holds. One query."""
    return versions_of(model).filter(state=VersionState.PUBLISHED).first()


def version_proposed(model: type[Row]) -> Row | None:
    """The draft that waits for a second person (S5). One query."""
    return versions_of(model).filter(state=VersionState.DRAFT).first()


def version_numbered(model: type[Row], number: int) -> Row:
    """One version by its number; raises `NotVisible`."""
    row = versions_of(model).filter(number=number).first()
    if row is None:
        raise NotVisible
    return row
