"""Keeps the translations: `update` brings new texts in, `compile` builds, `check` complains."""

import sys
from pathlib import Path

from local.catalogue import Entry, catalogues, compile_all, entries, written
from local.extraction import messages_of
from local.home import PROJECT


def updated(text: str, found: dict[str, Entry]) -> str:
    """A catalogue with the messages found: what is translated stays, what is gone leaves."""
    known = {entry.key(): entry for entry in entries(text)}
    for key, entry in found.items():
        if key in known:
            entry.parts, entry.is_fuzzy = known[key].parts, known[key].is_fuzzy
    return written([*(e for e in known.values() if e.is_header), *found.values()])


def update_all() -> int:
    """Rewrite the catalogues from the sources and compile them; says what still needs words."""
    for path in catalogues():
        before = path.read_text(encoding="utf-8")
        after = updated(before, messages_of(PROJECT))
        path.write_text(after, encoding="utf-8")
        names = [{e.key() for e in entries(text) if not e.is_header} for text in (before, after)]
        print(
            f"{path.relative_to(PROJECT)}: {len(names[1])} messages, "
            f"{len(names[1] - names[0])} new, {len(names[0] - names[1])} dropped"
        )
        print("\n".join(_untranslated(after)) or "  all translated")
    compile_all()
    return 0


def _untranslated(text: str) -> list[str]:
    return [f"  to translate: {e.parts['msgid']!r}" for e in entries(text) if not e.counts()]


def problems(path: Path, found: dict[str, Entry]) -> list[str]:
    """What is wrong with one catalogue, given the messages of the sources."""
    text = path.read_text(encoding="utf-8")
    kept = {entry.key(): entry for entry in entries(text) if not entry.is_header}
    told = [f"not in the catalogue: {found[key].parts['msgid']!r}" for key in found.keys() - kept]
    told += [f"no longer used: {kept[key].parts['msgid']!r}" for key in kept.keys() - found]
    told += [f"marked as a guess: {e.parts['msgid']!r}" for e in kept.values() if e.is_fuzzy]
    told += [
        f"not translated: {entry.parts['msgid']!r}"
        for entry in kept.values()
        if not entry.is_translated()
    ]
    if "\n#~" in text:
        told.append("obsolete entries; `make messages` leaves them out")
    return sorted(told)


def check_all() -> int:
    """Complain of messages that are missing, left over, empty or guessed; 1 when any is."""
    found = messages_of(PROJECT)
    paths = catalogues()
    told = [
        f"{path.relative_to(PROJECT)}: {problem}"
        for path in paths
        for problem in problems(path, found)
    ]
    if told:
        print("\n".join(told), "\nRun `make messages`, then write what is missing.")
        return 1
    print(f"{len(paths)} catalogue(s), {len(found)} messages each, all translated")
    return 0


def main(arguments: list[str]) -> int:
    if arguments == ["compile"]:
        compile_all()
        return 0
    return update_all() if arguments == ["update"] else check_all()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
