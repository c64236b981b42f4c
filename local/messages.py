"""Translation catalogues without the gettext tools: compile `.po` to `.mo`, and check them."""

import ast
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.home import PROJECT

LOCALE = PROJECT / "locale"
MAGIC = 0x950412DE
HEADER_WORDS = 7
KEYWORDS = ("msgctxt", "msgid_plural", "msgid", "msgstr")
CONTEXT_MARK = "\x04"


@dataclass(slots=True)
class Entry:
    """One message of a catalogue."""

    parts: dict[str, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    def key(self) -> str:
        context = self.parts.get("msgctxt")
        plural = self.parts.get("msgid_plural")
        text = self.parts.get("msgid", "")
        text = text if context is None else f"{context}{CONTEXT_MARK}{text}"
        return text if plural is None else f"{text}\0{plural}"

    def value(self) -> str:
        return "\0".join(self.parts[name] for name in sorted(self.parts) if "msgstr" in name)

    def counts(self) -> bool:
        """Whether gettext would use it: translated, and not a guess (the header always is)."""
        texts = [text for name, text in self.parts.items() if "msgstr" in name]
        return bool(texts) and all(texts) and not (self.is_fuzzy and self.parts.get("msgid"))


def entries(text: str) -> Iterator[Entry]:
    """The messages of a `.po` file; obsolete ones and comments are passed over."""
    entry, name = Entry(), ""
    for line in [*text.splitlines(), ""]:
        stripped = line.strip()
        if not stripped or (stripped.startswith("#") and "msgid" in entry.parts):
            if entry.parts:
                yield entry
            entry, name = Entry(), ""
        if stripped.startswith("#,"):
            entry.is_fuzzy = "fuzzy" in stripped
        elif stripped.startswith('"') and name:
            entry.parts[name] += ast.literal_eval(stripped)
        elif stripped.startswith(KEYWORDS):
            name, _, rest = stripped.partition(" ")
            if name in {"msgid", "msgctxt"} and "msgstr" in "".join(entry.parts):
                yield entry
                entry = Entry()
            entry.parts[name] = ast.literal_eval(rest.strip())


def compiled(text: str) -> bytes:
    """The `.mo` bytes of a `.po` text: a sorted table of keys, then of values."""
    messages = {entry.key(): entry.value() for entry in entries(text) if entry.counts()}
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    count = len(pairs)
    keys_at, values_at = HEADER_WORDS * 4, HEADER_WORDS * 4 + count * 8
    offset = values_at + count * 8
    tables: list[int] = []
    blob = b""
    for column in (0, 1):
        for pair in pairs:
            tables += [len(pair[column]), offset + len(blob)]
            blob += pair[column] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, count, keys_at, values_at, 0, 0)
    return head + struct.pack(f"<{len(tables)}I", *tables) + blob


def catalogues() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def compile_all() -> int:
    for path in catalogues():
        path.with_suffix(".mo").write_bytes(compiled(path.read_text(encoding="utf-8")))
    return 0


def check_all() -> int:
    """Complain of guesses, and of compiled files that are missing or old; 1 when any is."""
    problems: list[str] = []
    for path in catalogues():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(PROJECT)
        target = path.with_suffix(".mo")
        if not target.exists() or target.read_bytes() != compiled(text):
            problems.append(f"{name} is newer than its compiled file: run `make messages`.")
        problems += [
            f"{name}: marked as a guess: {entry.parts['msgid']!r}"
            for entry in entries(text)
            if entry.is_fuzzy and entry.parts.get("msgid")
        ]
    print("\n".join(problems) or f"{len(catalogues())} catalogue(s) compiled and current")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(compile_all() if sys.argv[1:] == ["compile"] else check_all())
