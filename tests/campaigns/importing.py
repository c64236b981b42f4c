"""Somebody who brings files in while everything dies, and takes every third one back."""

import time
from dataclasses import dataclass
from typing import Any

from tests.campaigns.books import Books
from tests.campaigns.calling import Answer, Client

ROWS = 300
# A worker that died is noticed after half a minute; several may die in a row.
WORK_SECONDS = 300.0
BORDER = "campaign-border"
LOOK_SECONDS = 0.5
DONE, TAKEN_BACK = "applied", "undone"


@dataclass
class File:
    """An import and what is to be left of it."""

    mark: str
    state: str = ""


class Importer(Client):
    """Uploads a file, has it read, checked and written, and sometimes undone."""

    def __init__(self, name: str, port: int, token: str, project: str) -> None:
        super().__init__(name, port, token)
        self.project = project
        self.files: list[File] = []

    def once(self) -> None:
        file = File(f"{self.name}-{len(self.files)}-")
        self.files.append(file)
        path = self._upload(file)
        self._step(path, "PATCH", {}, goes_on_from="mapping", to=("checked",))
        self._step(f"{path}", "POST apply/", {}, goes_on_from="checked", to=(DONE,))
        file.state = DONE
        if len(self.files) % 3 == 0:
            self._step(path, "POST undo/", {}, goes_on_from=DONE, to=(TAKEN_BACK,))
            file.state = TAKEN_BACK

    def _upload(self, file: File) -> str:
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BORDER}",
            "Idempotency-Key": file.mark,
        }
        made = self.post("upload", "imports/", self._form(file), **headers)
        return f"imports/{made['id']}/"

    def _form(self, file: File) -> bytes:
        lines = ["external_id,name,project,metric,2026-01"]
        lines += [f"{file.mark}{n},Row {n},{self.project},EBITDA,{n}" for n in range(ROWS)]
        head = 'Content-Disposition: form-data; name="profile"\r\n\r\nmeasures'
        part = 'Content-Disposition: form-data; name="file"; filename="file.csv"\r\n\r\n'
        body = "\n".join(lines)
        return f"--{BORDER}\r\n{head}\r\n--{BORDER}\r\n{part}{body}\r\n--{BORDER}--\r\n".encode()

    def _step(
        self, path: str, call: str, body: Any, *, goes_on_from: str, to: tuple[str, ...]
    ) -> None:
        """Ask for the next step until the import has taken it; each state is taken once."""
        method, _, tail = call.partition(" ")
        deadline = time.monotonic() + WORK_SECONDS
        while time.monotonic() < deadline:
            now = self.read(path)
            if now["state"] in to:
                return
            if now["state"] == "failed":
                raise LookupError(f"{path} failed: {now['failure']}")
            if now["state"] == goes_on_from:
                self._ask(method, f"{path}{tail}", body, now["version"])
            time.sleep(LOOK_SECONDS)
        raise TimeoutError(f"{path} never came to {to}: {self.read(path)['state']}")

    def _ask(self, method: str, path: str, body: Any, version: int) -> None:
        """The version makes a second try harmless: it finds another one."""
        tag = {"If-Match": f'"{version}"'}
        answer: Answer = self.insist(lambda: self.call(method, path, body, **tag))[0]
        if answer.is_good:
            self.ledger.acknowledged[path.split("/")[2] or "map"] += 1
        elif answer.status not in {409, 412}:
            raise LookupError(f"{method} {path} answered {answer.status}: {answer.body}")

    def complaints(self, books: Books) -> list[str]:
        complaints = []
        for file in self.files:
            there = books.imported(file.mark)
            count = {DONE: ROWS, TAKEN_BACK: 0}.get(file.state)
            if count is not None and there != {"measures": count, "effects": count}:
                complaints.append(f"{file.mark}: {there}, should be {count}")
            elif there["measures"] not in {0, ROWS}:
                complaints.append(f"{file.mark}: half of it, {there}")
        return complaints
