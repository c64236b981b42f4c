"""Homes of their own for the runtime's tests."""

from collections.abc import Iterator

import pytest

from local.home import Home
from tests.local.homes import new_home, remove


@pytest.fixture
def home() -> Iterator[Home]:
    """A fresh folder; nothing of it stays."""
    made = new_home()
    yield made
    remove(made)
