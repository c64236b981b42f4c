"""Measures past their gates, for everything that depends on a stage."""

from collections.abc import Iterator

import pytest

from tests.kpis.staging import stages_open
from tests.plugins.servers import Servers


@pytest.fixture(scope="module")
def open_stages(servers: Servers, django_db_setup: None) -> Iterator[None]:
    with stages_open(servers.migrator_url):
        yield
