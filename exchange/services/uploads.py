"""Taking a file in, choosing how it is read and what its columns mean, and letting it go."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from exchange.choices import ImportState, ProfileCode
from exchange.files.detecting import with_overrides
from exchange.files.headings import normalised
from exchange.files.notations import month_in
from exchange.files.shapes import Shape
from exchange.models import ColumnMemory, Import, ImportProgress, ImportRow
from exchange.profiles.base import MONTHS, Option, Profile
from exchange.profiles.registry import profile_of
from exchange.services.files import file_delete, file_store, safe_name
from governance.errors import Conflict, Invalid, Stale
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import one_line, text_fault
from kpis.rules import Month
from kpis.services_months import author_of

WAITING = "import.waiting"
OPTION_LENGTH = 180
MAPPABLE = (
    ImportState.MAPPING,
    ImportState.CHECKED,
    ImportState.UNDONE,
    ImportState.FAILED,
)
DISCARDABLE = (*MAPPABLE, ImportState.APPLIED)


@transaction.atomic
def import_upload(
    *, name: str, content: Iterable[bytes], profile: ProfileCode, by: Actor
) -> Import:
    """Keep a file for import and let a worker read it; nothing of it reaches the tenant yet.

    Raises `Forbidden` without the right to import anywhere, `Invalid` at `file` where it is empty
    or larger than `IMPORT_MAX_BYTES`.
    """
    by.require_anywhere(Permission.IMPORT_RUN)
    by.require_write_token(Permission.IMPORT_RUN)
    file = file_store(name=name, content=content, content_type="application/octet-stream", by=by)
    limit = settings.IMPORT_MAX_BYTES
    if file.size == 0:
        raise Invalid({"file": [_("The file is empty. Choose the one that holds the rows.")]})
    if file.size > limit:
        text = _("The file is larger than %(limit)s MB. Split it, or leave out what is not needed.")
        raise Invalid({"file": [text % {"limit": limit // 1_000_000}]})
    run: Import = Import.objects.create(
        file=file,
        file_name=safe_name(name),
        digest=file.sha256,
        profile=profile,
        state=ImportState.READING,
        created_by_id=by.membership_id,
        author=author_of(by)[:300],
        options=defaults(profile_of(profile)),
    )
    ImportProgress.objects.create(run=run)
    call_worker(run)
    return run


def defaults(profile: Profile) -> dict[str, str]:
    return {option.name: option.default for option in profile.every_option}


@transaction.atomic
def import_reshape(
    *, run: Import, wanted: Mapping[str, Any], seen_version: int, by: Actor
) -> Import:
    """Read the file in another way: encoding, separator, sheet, heading row, turned or not.

    Raises `Stale`, `Conflict("import_busy")` and `Invalid` (`UnreadableFile`) at `file`.
    """
    row = _locked(run, seen_version, by, MAPPABLE)
    if row.shape:
        row.shape = with_overrides(Shape.from_data(row.shape), **wanted).to_data()
    row.columns, row.mapping = [], {}
    return _to_work(row, ImportState.READING)


@transaction.atomic
def import_map(
    *,
    run: Import,
    mapping: Mapping[str, str],
    options: Mapping[str, str],
    seen_version: int,
    by: Actor,
) -> Import:
    """Say what columns mean (index as text to field, or `months`) and let a worker check the rows.

    What headings meant is remembered for the tenant. Raises `Stale`, `Conflict("import_busy")`,
    and `Invalid` at `column-<index>`, at the option's name, or at `mapping` for what is missing.
    """
    row = _locked(run, seen_version, by, MAPPABLE)
    profile = profile_of(row.profile)
    chosen = {index: field for index, field in mapping.items() if field}
    errors = _mapping_faults(profile, row, chosen)
    tidy = {option.name: one_line(options.get(option.name, "")) for option in profile.every_option}
    errors |= _option_faults(profile, tidy)
    if errors:
        raise Invalid(errors)
    row.mapping, row.options = chosen, tidy
    _remember(row, chosen)
    return _to_work(row, ImportState.CHECKING)


@transaction.atomic
def import_check_again(*, run: Import, seen_version: int, by: Actor) -> Import:
    """Check the rows again as they were mapped: the tenant may have changed since."""
    row = _locked(run, seen_version, by, (ImportState.CHECKED, ImportState.UNDONE))
    return _to_work(row, ImportState.CHECKING)


@transaction.atomic
def import_discard(*, run: Import, seen_version: int, by: Actor) -> None:
    """Let a file go with all that was read of it; what was imported stays, without its undo."""
    row = _locked(run, seen_version, by, DISCARDABLE)
    file = row.file
    row.file, row.state = None, ImportState.DISCARDED
    row.touched().save()
    if row.applied_at is None:
        ImportRow.objects.filter(run=row).delete()
    if file is not None:
        file_delete(file=file, by=by)


def _to_work(row: Import, state: ImportState) -> Import:
    row.state, row.staged, row.failure = state, 0, {}
    row.touched().save()
    call_worker(row)
    return row


def call_worker(run: Import) -> None:
    """Let a worker look at the import; progress starts anew."""
    ImportProgress.objects.filter(run=run).update(done=0, total=0, beat_at=Now())
    publish(WAITING, key=str(run.public_id), payload={"state": run.state})


def locked_import(run: Import, seen_version: int, by: Actor) -> Import:
    """The import locked; raises `Forbidden` and `Stale`."""
    by.require_anywhere(Permission.IMPORT_RUN)
    by.require_write_token(Permission.IMPORT_RUN)
    row: Import = Import.objects.lock().get(pk=run.pk)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    return row


def _locked(run: Import, seen_version: int, by: Actor, states: Iterable[ImportState]) -> Import:
    row = locked_import(run, seen_version, by)
    if row.known_state not in set(states):
        raise Conflict("import_busy")
    return row


def _mapping_faults(
    profile: Profile, row: Import, chosen: Mapping[str, str]
) -> dict[str, list[StrOrPromise]]:
    known = {field.name for field in profile.fields} | ({MONTHS} if profile.takes_months else set())
    errors: dict[str, list[StrOrPromise]] = {}
    taken: dict[str, str] = {}
    for index, field in chosen.items():
        at = f"column-{index}"
        if not index.isdecimal() or int(index) >= len(row.columns):
            errors[at] = [_("There is no such column.")]
        elif field not in known:
            errors[at] = [_("This cannot be imported here.")]
        elif field != MONTHS and field in taken:
            errors[at] = [_("Another column means this already; choose one of them.")]
        taken.setdefault(field, index)
    errors |= _month_faults(row, chosen)
    lacking = profile.missing(list(chosen.values()))
    # A measure that is here is named by its code alone.
    if [field.name for field in lacking] == ["name"] and "code" in taken:
        lacking = []
    if lacking and not profile.is_fixed:
        names = ", ".join(str(field.label) for field in lacking)
        errors["mapping"] = [_("No column says: %(names)s.") % {"names": names}]
    return errors


def _month_faults(row: Import, chosen: Mapping[str, str]) -> dict[str, list[StrOrPromise]]:
    """Months are headed by months, each once, and not also told row by row."""
    errors: dict[str, list[StrOrPromise]] = {}
    taken: set[Month] = set()
    for index, field in chosen.items():
        if field != MONTHS or not index.isdecimal() or int(index) >= len(row.columns):
            continue
        month = month_in(str(row.columns[int(index)]["name"]))
        if month is None:
            errors[f"column-{index}"] = [_("The heading is not a month. Write it like 2026-01.")]
        elif month in taken:
            text = _("Another column is headed by %(month)s already; choose one of them.")
            errors[f"column-{index}"] = [text % {"month": month}]
        else:
            taken.add(month)
    for index, field in chosen.items():
        if field == "month" and taken:
            text = _("Other columns are headed by months. Choose them or this one, not both.")
            errors[f"column-{index}"] = [text]
    return errors


def _option_faults(profile: Profile, options: Mapping[str, str]) -> dict[str, list[StrOrPromise]]:
    errors: dict[str, list[StrOrPromise]] = {}
    for option in profile.every_option:
        if fault := _option_fault(option, options[option.name]):
            errors[option.name] = [fault]
    return errors


def _option_fault(option: Option, text: str) -> StrOrPromise | None:
    if fault := text_fault(text, limit=OPTION_LENGTH, required=option.is_required):
        return fault
    if option.choices and text not in {value for value, _label in option.choices}:
        return _("Choose one of the list.")
    if option.is_day:
        try:
            date.fromisoformat(text)
        except ValueError:
            return _("Write the day like 2021-03-31.")
    return None


def _remember(row: Import, chosen: Mapping[str, str]) -> None:
    """Keep what each heading meant, the empty choice too; the latest one counts."""
    memories = {}
    for index, column in enumerate(row.columns):
        heading = normalised(str(column["name"]))[:200]
        if heading:
            memories[heading] = ColumnMemory(
                profile=row.profile, heading=heading, field=chosen.get(str(index), "")
            )
    ColumnMemory.objects.bulk_create(
        list(memories.values()),
        update_conflicts=True,
        unique_fields=["tenant", "profile", "heading"],
        update_fields=["field"],
    )
