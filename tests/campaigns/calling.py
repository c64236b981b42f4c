"""Calls that may be cut off at any moment, and what was learnt from them."""

import http.client
import json
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.campaigns.product import SLUG

NO_ANSWER, NOBODY_THERE = 0, -1
CALL_SECONDS = 20.0
# Longer than any restart of everything.
PATIENCE = 120.0
PAUSE = 0.2
NOTHING_DONE = {NOBODY_THERE, 409, 429}


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, 0 where the connection broke and -1 where nobody took the call, and the body."""

    status: int
    body: Any = None

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_uncertain(self) -> bool:
        """Whether the work may have been done all the same."""
        return self.status == NO_ANSWER or self.status >= 500


@dataclass
class Ledger:
    """What one client knows: every write is in the end acknowledged, or a surprise."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    retried: int = 0
    found_done: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    def add(self, other: "Ledger") -> None:
        self.acknowledged += other.acknowledged
        self.uncertain += other.uncertain
        self.retried += other.retried
        self.found_done += other.found_done
        self.statuses += other.statuses
        self.surprises += other.surprises


class Client(threading.Thread, ABC):
    """One who writes until told to stop, and says at the end what does not add up.

    A further actor is one more subclass, named in `clients_for` of `tests.campaigns.clients`.
    """

    def __init__(self, name: str, port: int, token: str) -> None:
        super().__init__(name=name, daemon=True)
        self.port, self.token = port, token
        self.ledger = Ledger()
        self.stopping = threading.Event()

    @abstractmethod
    def once(self) -> None:
        """One piece of work, seen through to its end."""

    @abstractmethod
    def complaints(self, books: Any) -> list[str]:
        """What the database holds other than this client was told; `books` are `Books`."""

    def run(self) -> None:
        while not self.stopping.is_set() and not self.ledger.surprises:
            try:
                self.once()
            except Exception as error:  # noqa: BLE001  # a client that dies must not go unnoticed
                self.surprise(f"{type(error).__name__}: {error}")
            self.stopping.wait(0.05)

    def surprise(self, text: str) -> None:
        self.ledger.surprises.append(f"{self.name}: {text}")

    # --- calling ------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One call on a connection of its own; never raises for what a kill does to it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(
                method,
                f"/api/v1/tenants/{SLUG}/{path}",
                body if body is None or isinstance(body, bytes) else json.dumps(body),
                {**sent, **headers},
            )
            response = connection.getresponse()
            text = response.read()
            answer = Answer(response.status, json.loads(text) if text else None)
        except ConnectionRefusedError:
            answer = Answer(NOBODY_THERE)
        except (OSError, http.client.HTTPException, ValueError):
            answer = Answer(NO_ANSWER)
        finally:
            connection.close()
        self.ledger.statuses[answer.status] += 1
        return answer

    def insist(self, send: Callable[[], Answer]) -> tuple[Answer, bool]:
        """Send until somebody says what became of it; also whether an earlier try may have worked.

        The same call each time: an `Idempotency-Key` or `If-Match` makes a second one harmless.
        """
        deadline = time.monotonic() + PATIENCE
        was_uncertain = False
        while time.monotonic() < deadline:
            answer = send()
            if not answer.is_uncertain and answer.status not in NOTHING_DONE:
                return answer, was_uncertain
            if answer.is_uncertain:
                was_uncertain = True
                self.ledger.uncertain += 1
            self.ledger.retried += 1
            time.sleep(PAUSE)
        raise TimeoutError("nobody said what became of a write")

    def read(self, path: str) -> Any:
        """A representation, as soon as somebody gives it; raises `LookupError` on a refusal."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = self.call("GET", path)
            if answer.is_good:
                return answer.body
            if not answer.is_uncertain and answer.status not in NOTHING_DONE:
                raise LookupError(f"GET {path} answered {answer.status}")
            time.sleep(PAUSE)
        raise TimeoutError(f"nobody answered GET {path}")

    def post(self, kind: str, path: str, body: Any, **headers: str) -> Any:
        """Create something once, however often it has to be sent."""
        answer, _ = self.insist(lambda: self.call("POST", path, body, **headers))
        if not answer.is_good:
            raise LookupError(f"POST {path} answered {answer.status}: {answer.body}")
        self.ledger.acknowledged[kind] += 1
        return answer.body

    def change(self, kind: str, method: str, path: str, body: Any, seen: int) -> Answer:
        """Change one version. After an uncertain try, stale may mean that it had worked."""
        tag = {"If-Match": f'"{seen}"'}
        answer, was_uncertain = self.insist(lambda: self.call(method, path, body, **tag))
        if answer.is_good:
            self.ledger.acknowledged[kind] += 1
        elif not (answer.status == 412 and was_uncertain):
            raise LookupError(f"{method} {path} answered {answer.status}: {answer.body}")
        return answer
