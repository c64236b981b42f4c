"""Many callers of one thing at the same moment: who won, who was told what, and what it left."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from governance.audit.models import AuditEvent
from tests.houses import ApiCaller, House
from tests.racing import errors_in, race

CALLERS = 6


def callers(house: House, name: str = "pmo", number: int = CALLERS) -> list[ApiCaller]:
    """Programs with a token each: counting the calls of one token would queue them."""
    return [house.caller(name) for _caller in range(number)]


def statuses(results: Sequence[Any]) -> Counter[int]:
    """How often each status was answered; nothing but answers may have come."""
    assert errors_in(results) == []
    return Counter(answer.status_code for answer in results)


def storm(senders: Iterable[Callable[[], Any]]) -> Counter[int]:
    return statuses(race(*senders))


def events(house: House, action: str, key: str) -> int:
    """Audit events of one action about one thing."""
    with house.active():
        return AuditEvent.objects.filter(action=action, subject_key=key).count()


class Wire:
    """Calls over HTTP, on a connection kept open, as a program elsewhere does."""

    def __init__(self, url: str, caller: ApiCaller) -> None:
        self.caller = caller
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {
            "Authorization": f"Bearer {self.caller.token}",
            "Content-Type": "application/json",
            **headers,
        }
        text = None if body is None else json.dumps(body)
        self.connection.request(method, self.caller.house.api(path), text, sent)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        self.connection.close()
