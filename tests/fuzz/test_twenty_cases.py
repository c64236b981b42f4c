"""Twenty generated cases for each operation; `make fuzz` runs them."""

import pytest
from hypothesis import HealthCheck, settings
from schemathesis.generation.case import Case

from tests.fuzz.cases import Target, operations

API = operations(examples=10)


@pytest.mark.slow
@API.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_case_breaks_the_contract_of_something(case: Case, target: Target) -> None:
    target.send(case, to_something=True)


@pytest.mark.slow
@API.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_case_breaks_the_contract_of_anything(case: Case, target: Target) -> None:
    target.send(case, to_something=False)
