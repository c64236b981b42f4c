"""Fixtures: two tenants with people in every role, their browsers and their API callers.

`world` is built once per test process and committed; a test changes it inside its own
transaction, which is rolled back. A test that really commits takes `lasting_world`: two fresh
tenants of its own, whose rows stay.
"""

import copy
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from governance.people.actor import Actor
from governance.people.models import Membership
from tests.houses import ApiCaller, House, World, build_world


@pytest.fixture(scope="session")
def built_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> World:
    with django_db_blocker.unblock():
        return build_world()


@pytest.fixture
def world(built_world: World, request: pytest.FixtureRequest, db: None) -> World:
    """Tenants `alpha` and `beta`; every test sees them as they were built."""
    marker = request.node.get_closest_marker("django_db")
    if (marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames:
        pytest.fail("a test that commits takes `lasting_world`, not `world`")
    return copy.deepcopy(built_world)


@pytest.fixture
def lasting_world(transactional_db: None) -> World:
    """Two fresh tenants for a test that commits; their rows stay, so assert within them only."""
    return build_world(f"-{uuid.uuid4().hex[:10]}")


@pytest.fixture
def alpha(world: World) -> House:
    """The tenant most tests need."""
    return world.alpha


@pytest.fixture
def beta(world: World) -> House:
    """The tenant of strangers."""
    return world.beta


@pytest.fixture
def in_alpha(alpha: House) -> Iterator[House]:
    """The first tenant, active for the whole test: for services, selectors and rows."""
    with alpha.active():
        yield alpha


@pytest.fixture
def actors(alpha: House) -> Callable[[str], Actor]:
    """Who acts in `alpha`, by name: `actors("pmo")`."""
    return alpha.actor


def _house_of(world: World, person: Membership) -> tuple[House, str]:
    for house in world.houses:
        for name, member in house.people.items():
            if member.pk == person.pk:
                return house, name
    raise LookupError(person)


@pytest.fixture
def client_for(world: World) -> Callable[[Membership], Client]:
    """A browser signed in as a person: `client_for(alpha.people["pmo"])`."""

    def sign_in(person: Membership) -> Client:
        house, name = _house_of(world, person)
        return house.client(name)

    return sign_in


@pytest.fixture
def api_for(world: World) -> Callable[[Membership], ApiCaller]:
    """An API caller who may read and write: `api_for(alpha.people["pmo"]).get("measures/")`."""

    def with_token(person: Membership) -> ApiCaller:
        house, name = _house_of(world, person)
        return house.caller(name)

    return with_token
