"""Where a node may stand, and what its path becomes; pure."""

from collections.abc import Iterable

from django.db.models import Q

from governance.tree.choices import CODE_FORMATS, Level


def code_text(kind: str, number: int) -> str:
    """A code as people read it: `M-000123`; longer numbers simply grow."""
    prefix, digits = CODE_FORMATS[kind]
    return f"{prefix}-{number:0{digits}d}"


def path_end(path: str) -> str:
    """The first text after every path that begins with `path`: '0' follows '/' in the C order."""
    return path[:-1] + "0"


def below(paths: Iterable[str], field: str = "path") -> Q:
    """Literal ranges that hold the nodes at or below any of the paths; nothing for no paths.

    Ranges and not `startswith`: row security keeps LIKE from using the index (data.md, 4.2).
    """
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{field}__gte": path, f"{field}__lt": path_end(path)})
    return condition


def move_refusal(level: Level, path: str, parent_level: Level, parent_path: str) -> str | None:
    """Why a node cannot move below a parent: wrong level, or into itself; None if it can."""
    if parent_path.startswith(path):
        return "move_into_itself"
    if parent_level.child is not level:
        return "wrong_parent_level"
    return None
