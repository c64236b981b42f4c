"""Gives the suite its servers before Django's settings are read.

Loaded by `-p` in `pyproject.toml`: a conftest would come after pytest-django has read the settings.
"""

import os
from collections.abc import Generator

import pytest

from tests.plugins.servers import Servers, prepare_servers

SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Find or start the servers and write their addresses into the environment."""
    early_config.stash[SERVERS] = prepare_servers(os.environ)
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].release()
