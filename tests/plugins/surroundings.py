"""Adapts Django's settings to a test process.

Loaded by `-p` in `pyproject.toml`: after pytest-django has read the settings, before any conftest.
"""

import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from tests.plugins.environment import SERVERS

PLAIN_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """What a test process has to itself, and what nobody builds for it.

    A shared Redis is parted by a prefix. No static files are collected: their addresses carry no
    hash, and they are served from where they lie.
    """
    settings.CACHES["default"]["KEY_PREFIX"] = early_config.stash[SERVERS].name
    settings.STORAGES["staticfiles"]["BACKEND"] = PLAIN_STORAGE
    settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_USE_FINDERS = True
    folder = tempfile.TemporaryDirectory(prefix="tollgate-documents-")
    early_config.add_cleanup(folder.cleanup)
    settings.DOCUMENTS_ROOT = Path(folder.name)
