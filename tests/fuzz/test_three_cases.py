"""Three generated cases for each operation, with every run of the tests."""

from hypothesis import HealthCheck, settings
from schemathesis.generation.case import Case

from tests.fuzz.cases import Target, operations

API = operations(examples=3)


@API.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_case_breaks_the_contract(case: Case, target: Target) -> None:
    target.send(case, to_something=True)
