"""The tests' own kinds of notices, in a registry of their own."""

import pytest

from governance.notifications import registry
from tests.governance.notifications.telling import register


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    register()
