"""What generated requests need: a furnished tenant, and a connection that outlives each request."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests.fuzz.cases import Target
from tests.houses import House


@pytest.fixture
def _one_connection(db: None) -> Iterator[None]:
    """The WSGI application closes connections in which a test's own transaction is open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def target(alpha: House, _one_connection: None) -> Target:
    return Target(alpha)
