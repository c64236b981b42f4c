"""Who writes while everything dies: four with measures of their own, one on what is shared."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.campaigns.books import Books
from tests.campaigns.calling import Client
from tests.campaigns.importing import Importer
from tests.campaigns.product import Setting

MEASURES_AT_ONCE = 6


@dataclass
class Known:
    """A measure as its only writer was told it is."""

    code: str
    mark: str
    name: str
    package: str
    version: int = 1
    changes: int = 0
    moves: int = 0
    effect: str = ""
    effect_version: int = 1
    puts: int = 0
    cells: dict[str, str] = field(default_factory=dict)


class Writer(Client):
    """Creates measures and changes them; nobody else does, so that every version is known."""

    def __init__(self, name: str, port: int, token: str, setting: Setting, seed: int) -> None:
        super().__init__(name, port, token)
        self.setting = setting
        self.random = random.Random(f"{seed}-{name}")  # noqa: S311  # repeatable is what is wanted
        self.known: list[Known] = []
        self.number = 0

    def once(self) -> None:
        if len(self.known) < MEASURES_AT_ONCE or self.random.random() < 0.2:
            self._create()
            return
        measure = self.random.choice(self.known[-MEASURES_AT_ONCE:])
        work = self.random.choices([self._rename, self._plan, self._move], [5, 4, 1])[0]
        work(measure)

    def _next(self, word: str) -> str:
        self.number += 1
        return f"{self.name}-{word}-{self.number}"

    def _create(self) -> None:
        mark = self._next("measure")
        body = {"name": mark, "description": mark, "project": self.setting.project}
        made = self.post("create", "measures/", body, **{"Idempotency-Key": mark})
        measure = Known(made["code"], mark, mark, made["measure_package"])
        self.known.append(measure)
        effect = self.post(
            "effect",
            f"measures/{measure.code}/effects/",
            {"metric": "EBITDA", "kind": "recurring"},
            **{"Idempotency-Key": f"{mark}-effect"},
        )
        measure.effect = effect["id"]

    def _rename(self, measure: Known) -> None:
        name, path = self._next("name"), f"measures/{measure.code}/"
        answer = self.change("change", "PATCH", path, {"name": name}, measure.version)
        now = answer.body
        if not answer.is_good:
            now = self.read(path)
            self._found(now, measure.version, is_ours=now["name"] == name)
        measure.name, measure.version, measure.changes = name, now["version"], measure.changes + 1

    def _plan(self, measure: Known) -> None:
        month = f"2026-{self.random.randint(1, 12):02}"
        self.number += 1
        cells = {month: f"{self.number}.00"}
        body = {"series": "plan", "cells": cells}
        path = f"effects/{measure.effect}/"
        answer = self.change("cells", "PUT", f"{path}cells/", body, measure.effect_version)
        now = answer.body
        if not answer.is_good:
            now = self.read(path)
            is_ours = now["cells"].get("plan", {}).get(month) == cells[month]
            self._found(now, measure.effect_version, is_ours=is_ours)
        measure.cells |= cells
        measure.effect_version, measure.puts = now["version"], measure.puts + 1

    def _move(self, measure: Known) -> None:
        packages = [self.setting.package, self.setting.other]
        goal = packages[packages.index(measure.package) - 1]
        headers = {"If-Match": f'"{measure.version}"', "Idempotency-Key": self._next("move")}
        now = self.post("move", f"measures/{measure.code}/move/", {"parent": goal}, **headers)
        measure.package, measure.version = goal, now["version"]
        measure.moves += 1

    def _found(self, now: dict[str, Any], seen: int, *, is_ours: bool) -> None:
        """An uncertain try turned out done: exactly once, and by us."""
        if not is_ours or now["version"] != seen + 1:
            raise LookupError(f"version {seen} was ours, found {now}")
        self.ledger.found_done += 1

    # --- the reckoning ------------------------------------------------------------------------

    def complaints(self, books: Books) -> list[str]:
        found = books.measures_marked(f"{self.name}-")
        complaints = [f"{mark}: {len(rows)} rows" for mark, rows in found.items() if len(rows) != 1]
        marks = {measure.mark for measure in self.known}
        complaints += [f"{mark}: nobody was told of it" for mark in found.keys() - marks]
        for measure in self.known:
            if measure.mark not in found:
                complaints.append(f"{measure.mark}: acknowledged and lost")
            else:
                complaints += self._of_one(measure, found[measure.mark][0], books)
        return complaints

    def _of_one(self, measure: Known, row: tuple[Any, ...], books: Books) -> list[str]:
        wanted = {
            "row": (measure.code, measure.name, measure.version, measure.package),
            "version": 1 + measure.changes + measure.moves,
            "events": {
                "measure.created": 1,
                "effect.created": int(bool(measure.effect)),
                "measure.changed": measure.changes,
                "measure.moved": measure.moves,
                "values.changed": measure.puts,
            },
            "effect": (1 + measure.puts, measure.cells) if measure.effect else None,
            "history": measure.puts,
        }
        there = {
            "row": row,
            "version": row[2],
            "events": books.events_of(measure.code, wanted["events"]),
            "effect": books.effect_of(measure.effect) if measure.effect else None,
            "history": books.history_of(measure.effect) if measure.effect else 0,
        }
        return [
            f"{measure.mark}: {what} {there[what]}, should be {value}"
            for what, value in wanted.items()
            if there[what] != value
        ]


class SharedWriter(Client):
    """One of several who change the same measure; who was quicker is told to the others."""

    def __init__(self, name: str, port: int, token: str, code: str) -> None:
        super().__init__(name, port, token)
        self.code, self.number = code, 0
        self.told: list[str] = []
        self.open: list[str] = []

    def once(self) -> None:
        path = f"measures/{self.code}/"
        seen = self.read(path)["version"]
        self.number += 1
        name = f"{self.name}-{self.number}"
        answer, was_uncertain = self.insist(
            lambda: self.call("PATCH", path, {"name": name}, **{"If-Match": f'"{seen}"'})
        )
        if answer.is_good:
            self.ledger.acknowledged["shared change"] += 1
            self.told.append(name)
        elif answer.status != 412:
            raise LookupError(f"PATCH {path} answered {answer.status}: {answer.body}")
        elif was_uncertain:
            self.open.append(name)

    def complaints(self, books: Books) -> list[str]:
        names = books.names_given(self.code)
        mine = [name for name in names if name.startswith(f"{self.name}-")]
        complaints = [f"{name}: lost" for name in self.told if name not in mine]
        complaints += [f"{name}: done twice" for name in set(mine) if mine.count(name) > 1]
        stray = set(mine) - set(self.told) - set(self.open)
        complaints += [f"{name}: nobody was told of it" for name in stray]
        self.ledger.found_done += len(set(mine) & set(self.open))
        return complaints + books.broken_chain(self.code)


class Inviter(Client):
    """Adds people: each is invited by a mail that a worker sends."""

    def __init__(self, name: str, port: int, token: str) -> None:
        super().__init__(name, port, token)
        self.emails: list[str] = []

    def once(self) -> None:
        email = f"{self.name}{len(self.emails)}@people.example"
        body = {"email": email, "name": email.partition("@")[0]}
        self.post("person", "people/", body, **{"Idempotency-Key": email})
        self.emails.append(email)
        self.stopping.wait(0.5)

    def complaints(self, books: Books) -> list[str]:
        return [f"{e}: {n} members" for e in self.emails if (n := books.members(e)) != 1]


def clients_for(setting: Setting, port: int, seed: int, shared: str) -> list[Client]:
    """Everybody who writes in one campaign; each token has 1200 calls a minute."""
    writers: list[Client] = [
        Writer(f"writer{number}", port, token, setting, seed)
        for number, token in enumerate(setting.tokens[:-1])
    ]
    pair = [SharedWriter(f"pair{number}", port, setting.tokens[-1], shared) for number in range(2)]
    importer = Importer("importer", port, setting.tokens[-1], setting.project)
    return [*writers, *pair, importer, Inviter("inviter", port, setting.administrator)]
