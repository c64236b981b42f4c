"""Translation catalogues without the gettext tools: read, write and compile `.po` files."""

import ast
import os
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.home import PROJECT

LOCALE = PROJECT / "locale"
MAGIC = 0x950412DE
HEADER_WORDS = 7
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")
CONTEXT_MARK = "\x04"
PERCENT_NAMES = re.compile(r"%\(\w+\)[sd]")


@dataclass(slots=True)
class Entry:
    """One message of a catalogue, and the files it stands in."""

    parts: dict[str, str] = field(default_factory=dict)
    is_fuzzy: bool = False
    places: list[str] = field(default_factory=list)

    @property
    def is_header(self) -> bool:
        return not self.parts.get("msgid")

    @property
    def is_plural(self) -> bool:
        return "msgid_plural" in self.parts

    def key(self) -> str:
        context = self.parts.get("msgctxt")
        plural = self.parts.get("msgid_plural")
        text = self.parts.get("msgid", "")
        text = text if context is None else f"{context}{CONTEXT_MARK}{text}"
        return text if plural is None else f"{text}\0{plural}"

    def translations(self) -> list[str]:
        """The texts in the other language: one, or one for each form of the plural."""
        return [self.parts[name] for name in sorted(self.parts) if name.startswith("msgstr")]

    def value(self) -> str:
        return "\0".join(self.translations())

    def is_translated(self) -> bool:
        return bool(self.translations()) and all(self.translations())

    def counts(self) -> bool:
        """Whether gettext would use it: translated, and not a guess (the header always is)."""
        return self.is_translated() and not (self.is_fuzzy and not self.is_header)


def entries(text: str) -> Iterator[Entry]:
    """The messages of a `.po` file; obsolete ones and remarks are passed over."""
    entry, name = Entry(), ""
    for line in [*text.splitlines(), ""]:
        stripped = line.strip()
        if not stripped or (stripped.startswith("#") and "msgid" in entry.parts):
            if entry.parts:
                yield entry
            entry, name = Entry(), ""
        if stripped.startswith("#"):
            _read_remark(stripped, entry)
        elif stripped.startswith('"') and name:
            entry.parts[name] += ast.literal_eval(stripped)
        elif stripped.startswith(KEYWORDS):
            name, _, rest = stripped.partition(" ")
            if name in {"msgid", "msgctxt"} and "msgstr" in "".join(entry.parts):
                yield entry
                entry = Entry()
            entry.parts[name] = ast.literal_eval(rest.strip())


def _read_remark(line: str, entry: Entry) -> None:
    if line.startswith("#,"):
        entry.is_fuzzy = "fuzzy" in line
    elif line.startswith("#:"):
        entry.places += line[2:].split()


def written(messages: Iterable[Entry]) -> str:
    """The text of a `.po` file, one line for each string unless it breaks lines itself."""
    return "\n".join("\n".join(_lines(entry)) + "\n" for entry in messages)


def _lines(entry: Entry) -> Iterator[str]:
    if entry.places:
        yield f"#: {' '.join(entry.places)}"
    flags = ["fuzzy"] if entry.is_fuzzy else []
    if PERCENT_NAMES.search(entry.parts.get("msgid", "")):
        flags.append("python-format")
    if flags:
        yield f"#, {', '.join(flags)}"
    order = {"msgctxt": 0, "msgid": 1, "msgid_plural": 2}
    for name in sorted(entry.parts, key=lambda part: (order.get(part, 3), part)):
        pieces = entry.parts[name].splitlines(keepends=True) or [""]
        if len(pieces) > 1:
            pieces = ["", *pieces]
        first, *others = (_quoted(piece) for piece in pieces)
        yield f"{name} {first}"
        yield from others


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def compiled(text: str) -> bytes:
    """The `.mo` bytes of a `.po` text: a sorted table of keys, then of values."""
    messages = {entry.key(): entry.value() for entry in entries(text) if entry.counts()}
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    count = len(pairs)
    keys_at, values_at = HEADER_WORDS * 4, HEADER_WORDS * 4 + count * 8
    offset = values_at + count * 8
    tables: list[int] = []
    blob = bytearray()
    for column in (0, 1):
        for pair in pairs:
            tables += [len(pair[column]), offset + len(blob)]
            blob += pair[column] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, count, keys_at, values_at, 0, 0)
    return head + struct.pack(f"<{len(tables)}I", *tables) + bytes(blob)


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def compile_all() -> None:
    """Build every `.mo` whose source has changed; whoever reads one meanwhile finds it whole."""
    for path in catalogues():
        target, wanted = path.with_suffix(".mo"), compiled(path.read_text(encoding="utf-8"))
        if target.exists() and target.read_bytes() == wanted:
            continue
        draft = target.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(wanted)
        draft.replace(target)
