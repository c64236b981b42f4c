"""A file that cannot be read, said in plain words."""

from django_stubs_ext import StrOrPromise

from governance.errors import Invalid

SHOWN_LENGTH = 40


class UnreadableFile(Invalid):
    """The file, or the way somebody wants it read, cannot be understood; `errors` says why."""

    def __init__(self, text: StrOrPromise) -> None:
        super().__init__({"file": [text]})

    @property
    def text(self) -> StrOrPromise:
        return self.errors["file"][0]


def shown(text: str) -> str:
    """The beginning of a foreign text in one line, fit for any page."""
    line = "".join(char if char.isprintable() else " " for char in text.strip())
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"
