"""Reading imports: who sees which, their rows, their files, and where a worker is needed."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from exchange.choices import WORKING, RowState
from exchange.models import ColumnMemory, FileChunk, Import, ImportProgress, ImportRow, StoredFile
from governance.errors import Forbidden, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.selectors import root_node

# A worker that has been silent for longer is taken for dead; it beats with every batch.
SILENT = timedelta(seconds=30)


def visible_imports(by: Actor) -> QuerySet[Import]:
    """All imports for those who may import anywhere in the tenant, else one's own.

    A file of one part of the tree is not shown to somebody who imports into another.
    """
    runs: QuerySet[Import] = Import.objects.select_related("created_by__user", "file")
    if by.may(Permission.IMPORT_RUN, root_node().path):
        return runs
    return runs.filter(created_by_id=by.membership_id, created_by__isnull=False)


def import_by_id(public_id: str, *, by: Actor) -> Import:
    """One visible import; raises `Forbidden` for who may not import at all, `NotVisible`."""
    if not by.may_anywhere(Permission.IMPORT_RUN):
        raise Forbidden("forbidden", Permission.IMPORT_RUN.label)
    try:
        run = visible_imports(by).filter(public_id=public_id).first()
    except ValidationError as error:
        raise NotVisible from error
    if run is None:
        raise NotVisible
    return run


def progress_of(run: Import) -> ImportProgress:
    progress: ImportProgress = ImportProgress.objects.get(run=run)
    return progress


def rows_of(run: Import, *, state: str = "", only_findings: bool = False) -> QuerySet[ImportRow]:
    """Rows as they were understood, by state and whether anything is odd about them."""
    rows: QuerySet[ImportRow] = ImportRow.objects.filter(run=run)
    if state:
        rows = rows.filter(state=state)
    if only_findings:
        rows = rows.filter(Q(has_warning=True) | Q(state=RowState.REFUSED))
    return rows


def row_counts(run: Import) -> dict[str, int]:
    """How many rows stand in each state, and how many carry a warning; one query."""
    counts = {state.value: 0 for state in RowState}
    rows = ImportRow.objects.filter(run=run).order_by().values_list("state")
    warned = 0
    for state, number, odd in rows.annotate(
        n=Count("id"), odd=Count("id", filter=Q(has_warning=True))
    ):
        counts[state] = number
        warned += odd
    return counts | {"warnings": warned}


def labels_in_file(run: Import, groups: list[str]) -> dict[str, str]:
    """Of these groups, those that earlier rows of the file make; key to label."""
    rows = ImportRow.objects.filter(run=run, key__in=groups, state=RowState.CREATE)
    return dict(rows.values_list("key", "label"))


def file_content(file: StoredFile) -> bytes:
    """The whole file; at most as large as an upload may be."""
    chunks = FileChunk.objects.filter(file=file).order_by("position")
    return b"".join(bytes(content) for content in chunks.values_list("content", flat=True))


def file_pieces(file: StoredFile) -> Iterator[bytes]:
    """The file piece by piece, a query each."""
    position = 0
    while True:
        content = FileChunk.objects.filter(file=file, position=position).values_list("content")
        piece = content.first()
        if piece is None:
            return
        yield bytes(piece[0])
        position += 1


def remembered_columns(profile: str) -> dict[str, str]:
    """Normalised heading to field, as somebody here mapped it before."""
    rows = ColumnMemory.objects.filter(profile=profile)
    return dict(rows.values_list("heading", "field"))


def silent_imports() -> QuerySet[Import]:
    """Imports whose worker has not been heard of for a while."""
    before = timezone.now() - SILENT
    silent = ImportProgress.objects.filter(beat_at__lt=before).values("run_id")
    runs: QuerySet[Import] = Import.objects.filter(state__in=WORKING, pk__in=silent)
    return runs
