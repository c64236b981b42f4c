"""Reading stage models: the version new measures start on, and all versions."""

from django.db.models import QuerySet

from governance.errors import NotVisible
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.models import STANDARD_CODE, StageModelVersion


def standard_version() -> StageModelVersion:
    """The version that new measures start on: the published one of the standard model."""
    rows = StageModelVersion.objects.filter(code=STANDARD_CODE, state=ModelState.PUBLISHED)
    version: StageModelVersion = rows.get()
    return version


def versions() -> QuerySet[StageModelVersion]:
    """All versions, the newest of each model first."""
    rows: QuerySet[StageModelVersion] = StageModelVersion.objects.select_related(
        "proposed_by__user", "published_by__user"
    )
    return rows.order_by("code", "-number")


def version_by(code: str, number: int) -> StageModelVersion:
    """One version; raises `NotVisible`."""
    row: StageModelVersion | None = (
        versions().filter(code=code, number=number).first() if code.isprintable() else None
    )
    if row is None:
        raise NotVisible
    return row
