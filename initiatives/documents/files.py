"""The bytes of documents: on disk outside the web root, under random names, each written once.

A file is written under a temporary name, flushed to the disk and renamed before its row is
committed, so that a committed row always has its file. If the transaction fails after that, the
file stays as an orphan: harmless, for no row names it and nobody can guess its name.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from governance.errors import Conflict, Invalid
from governance.tenancy.context import active_tenant_id
from initiatives.documents.models import DocumentVersion
from initiatives.documents.rules import (
    TAIL,
    FileType,
    TextProbe,
    clean_file_name,
    empty_text,
    is_office_file,
    listing_place,
    mismatch_text,
    names_listed,
    size_text,
    type_named,
    type_text,
)

KEY_BYTES = 32
PRIVATE = 0o700
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that lies on disk and belongs to nothing yet."""

    name: str
    content_type: str
    size: int
    sha256: str
    key: str


def folder_of(tenant_id: int) -> Path:
    """Where the files of a tenant lie."""
    return Path(settings.DOCUMENTS_ROOT) / str(tenant_id)


def path_of(key: str) -> Path:
    """Where a file of the active tenant lies: another tenant's key leads nowhere (N1)."""
    return folder_of(active_tenant_id()) / key[:2] / key


@contextmanager
def kept_file(name: str, content: Iterable[bytes]) -> Iterator[KeptFile]:
    """Keep a file for the block that writes its row; it goes again where the block fails.

    Raises `Invalid` at `file`: an ending that is not taken, nothing in it, too much in it, or
    something else in it than its name says.
    """
    tidy = clean_file_name(name)
    file_type = type_named(tidy)
    if file_type is None:
        raise Invalid({"file": [type_text()]})
    key = secrets.token_hex(KEY_BYTES)
    final = path_of(key)
    final.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    passing = final.with_suffix(".part")
    try:
        size, digest = _written(passing, content, file_type, tidy)
        passing.replace(final)
        _flush_folder(final.parent)
        yield KeptFile(tidy, file_type.content_type, size, digest, key)
    except BaseException:
        passing.unlink(missing_ok=True)
        final.unlink(missing_ok=True)
        raise


def opened(version: DocumentVersion) -> BinaryIO:
    """The bytes of a version; raises `Conflict("document_file_missing")` where they are lost."""
    path = path_of(version.storage_key)
    try:
        file = path.open("rb")
    except OSError as error:
        raise Conflict("document_file_missing") from error
    if os.fstat(file.fileno()).st_size != version.size:
        file.close()
        raise Conflict("document_file_missing")
    return file


def _written(
    path: Path, content: Iterable[bytes], file_type: FileType, name: str
) -> tuple[int, str]:
    digest, size, probe = hashlib.sha256(), 0, TextProbe()
    limit = settings.DOCUMENT_MAX_BYTES
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "w+b") as file:
        for piece in content:
            size += len(piece)
            if size > limit:
                raise Invalid({"file": [size_text(limit)]})
            digest.update(piece)
            probe.feed(piece)
            file.write(piece)
        if size == 0:
            raise Invalid({"file": [empty_text()]})
        if not _is_what_it_says(file, size, file_type, probe):
            raise Invalid({"file": [mismatch_text(name)]})
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _is_what_it_says(file: BinaryIO, size: int, file_type: FileType, probe: TextProbe) -> bool:
    if not file_type.mark:
        return probe.is_text
    file.seek(0)
    if file.read(len(file_type.mark)) != file_type.mark:
        return False
    return not file_type.part or is_office_file(file_type, _parts(file, size))


def _parts(file: BinaryIO, size: int) -> set[str]:
    file.seek(max(0, size - TAIL))
    place = listing_place(file.read(), size)
    if place is None:
        return set()
    file.seek(place[0])
    return names_listed(file.read(place[1]))


def _flush_folder(folder: Path) -> None:
    """The new name itself must survive a power cut, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
