"""Two houses in which every caller of the access matrix is signed in."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.architecture.access.samples import Samples
from tests.houses import House


@dataclass
class Matrix:
    """Two houses of this module's own, the first furnished, and everybody signed in."""

    samples: Samples
    stranger: House
    cookies: dict[str, Any]
    stranger_token: str

    def browser(self, who: str, *, house: House | None = None, checks: bool = False) -> Client:
        client = Client(enforce_csrf_checks=checks)
        client.cookies = self.cookies[f"{who}@{(house or self.samples.house).slug}"]
        return client


STRANGERS = ("administrator", "pmo", "auditor")
