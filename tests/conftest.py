"""What every test gets."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import HealthCheck, settings

from governance.tenancy.context import has_active_tenant

pytest_plugins = ["tests.plugins.database", "tests.fixtures"]

# Machines are shared: how long an example takes to draw or to run says nothing about the product.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


@pytest.fixture(autouse=True)
def _no_tenant_left_over() -> None:
    """A tenant that an earlier test left active would hide a missing one in this test."""
    assert not has_active_tenant(), "a former test left its tenant active"


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """A page read in German leaves its language to the thread, and so to the next test."""
    yield
    translation.deactivate()
