"""Bringing files in, in tests: all steps at once, without a worker."""

from pathlib import Path

from exchange.choices import ImportState, ProfileCode
from exchange.models import Import
from exchange.services.applying import import_apply
from exchange.services.undoing import import_undo
from exchange.services.uploads import import_map, import_upload
from exchange.services.work import import_work
from governance.people.actor import Actor

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def fresh(run: Import) -> Import:
    return Import.objects.get(pk=run.pk)


def worked(run: Import) -> Import:
    """The import after a worker had its turn, inside the test's own transaction."""
    import_work(run.tenant_id, str(run.public_id), has_aside=False)
    return fresh(run)


def uploaded(content: bytes, profile: str, *, by: Actor, name: str = "file.csv") -> Import:
    run = import_upload(name=name, content=[content], profile=ProfileCode(profile), by=by)
    return worked(run)


def checked(
    content: bytes,
    profile: str,
    *,
    by: Actor,
    name: str = "file.csv",
    mapping: dict[str, str] | None = None,
    **options: str,
) -> Import:
    """A file read, mapped as proposed (or as given) and checked."""
    run = uploaded(content, profile, by=by, name=name)
    if run.state != ImportState.MAPPING:
        return run
    run = import_map(
        run=run,
        mapping=run.mapping | (mapping or {}),
        options=run.options | options,
        seen_version=run.version,
        by=by,
    )
    return worked(run)


def applied(run: Import, *, by: Actor, leaves_out_refused: bool = False) -> Import:
    run = import_apply(
        run=run, seen_version=run.version, leaves_out_refused=leaves_out_refused, by=by
    )
    return worked(run)


def undone(run: Import, *, by: Actor) -> Import:
    run = import_undo(run=run, seen_version=run.version, by=by)
    return worked(run)
