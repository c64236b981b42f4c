"""The real product on a home and a port of its own."""

import socket
from collections.abc import Iterator

import pytest

from local.home import Home
from tests.campaigns.product import Product
from tests.local.homes import eventually, new_home, remove
from tests.local.test_launcher import processes_of


@pytest.fixture(scope="module")
def campaign_home() -> Iterator[Home]:
    made = new_home()
    assert made.durable, "what is committed must survive a killed server"
    yield made
    remove(made)


@pytest.fixture(scope="module")
def product(campaign_home: Home) -> Iterator[Product]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Product(campaign_home, port)
    yield made
    made.stop()
    eventually(lambda: processes_of(campaign_home) == {}, 30)
