"""Gives the suite its servers before Django's settings are read, and adapts those for tests.

Loaded by `-p` in `pyproject.toml`: a conftest would come after pytest-django has read the settings.
"""

import os
from collections.abc import Generator

import pytest
from django.conf import settings

from tests.plugins.servers import Servers, prepare_servers

SERVERS = pytest.StashKey[Servers]()
PLAIN_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Find or start the servers and write their addresses into the environment."""
    servers = prepare_servers(os.environ)
    early_config.stash[SERVERS] = servers
    result = yield
    if settings.configured:
        adapt_settings(servers)
    return result


def adapt_settings(servers: Servers) -> None:
    """What a test process has to itself, and what nobody builds for it.

    A shared Redis is parted by a prefix. No static files are collected: their addresses carry no
    hash, and they are served from where they lie.
    """
    settings.CACHES["default"]["KEY_PREFIX"] = servers.name
    settings.STORAGES["staticfiles"]["BACKEND"] = PLAIN_STORAGE
    settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_USE_FINDERS = True


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].release()
