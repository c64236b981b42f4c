"""What every test gets."""

import pytest

from governance.tenancy.context import has_active_tenant

pytest_plugins = ["tests.plugins.database", "tests.fixtures"]


@pytest.fixture(autouse=True)
def _no_tenant_left_over() -> None:
    """A tenant that an earlier test left active would hide a missing one in this test."""
    assert not has_active_tenant(), "a former test left its tenant active"
