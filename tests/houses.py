"""Builds the tenants that tests live in, through the same services as the product."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.test import Client

from governance.masterdata.choices import Seat
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.masterdata.services import master_data_create
from governance.masterdata.services_seats import forum_member_add
from governance.onboarding import tenant_furnish
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Role, TokenScope
from governance.people.models import Membership
from governance.people.services import Person, membership_create, token_create
from governance.permissions.selectors import actor_for, system_actor
from governance.permissions.services import role_grant
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_create, root_create

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
READ_WRITE = (TokenScope.READ, TokenScope.WRITE)


@dataclass
class Plot:
    """A tenant with nothing but its root."""

    tenant: Tenant
    root: Node

    def active(self) -> AbstractContextManager[None]:
        """A transaction (or savepoint) with this tenant active."""
        return tenant_transaction(self.tenant.pk)

    def system(self, *roles: Role) -> Actor:
        """The product itself, with these roles on the root."""
        with self.active():
            return system_actor(self.tenant.pk, *roles)


@dataclass
class House(Plot):
    """One tenant: a root, one node of each level, a second program, master data and its people.

    `people` has one member per role, each holding that role (and no other) on the root, by the
    role's name; `consultant` works in every house of a world. Besides there is `guest`, a member
    without any role, and `narrow`, a PMO of `other_program` alone.
    """

    portfolio: Node
    program: Node
    project: Node
    package: Node
    other_program: Node
    unit: BusinessUnit
    function: Function
    entity: LegalEntity
    forum: Forum
    people: dict[str, Membership]

    @property
    def slug(self) -> str:
        return self.tenant.slug

    def actor(self, name: str, *, via: str = "page") -> Actor:
        """The acting membership, with its roles as they are now."""
        with self.active():
            return actor_for(self.people[name], via=via)

    def page(self, path: str = "") -> str:
        """Address of a page of this tenant: `house.page("measures/")`."""
        return f"/t/{self.slug}/{path}"

    def api(self, path: str = "") -> str:
        """Address of an API resource of this tenant."""
        return f"/api/v1/tenants/{self.slug}/{path}"

    def client(self, name: str) -> Client:
        """A browser in which this person is signed in."""
        client = Client()
        client.force_login(self.people[name].user, backend=BACKEND)
        return client

    def caller(self, name: str, *, scopes: tuple[TokenScope, ...] = READ_WRITE) -> "ApiCaller":
        """A program with a token of this person; its paths are relative to this tenant's API."""
        by = self.actor(name)
        with self.active():
            made = token_create(
                membership=self.people[name], name="test", scopes=scopes, days=1, by=by
            )
        return ApiCaller(self, made.text)


class ApiCaller:
    """Sends JSON with a token; `post("measures/", {...}, **{"Idempotency-Key": "a"})`."""

    def __init__(self, house: House, token: str) -> None:
        self.house, self.token = house, token
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(self.house.api(path), query or {}, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("PUT", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self._send("PATCH", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self._send("DELETE", path, None, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        send = getattr(self.client, method.lower())
        content = {} if body is None else body
        return send(self.house.api(path), content, content_type="application/json", headers=headers)


@dataclass
class World:
    """Two tenants that must never meet."""

    alpha: House
    beta: House

    @property
    def houses(self) -> tuple[House, House]:
        return self.alpha, self.beta


def plot(slug: str) -> Plot:
    """A tenant with nothing but its root, for tests that need many."""
    tenant = Tenant.objects.create(slug=slug, name=slug.title())
    with tenant_transaction(tenant.pk):
        bare = system_actor(tenant.pk)
        root = root_create(slug=slug, name=tenant.name, by=bare)
        tenant_furnish(by=bare)
        return Plot(tenant, root)


def build_world(ending: str = "") -> World:
    """Two houses and a consultant in both; `ending` makes slugs and addresses unique."""
    firm = f"firm{ending}.example"
    return World(build_house(f"alpha{ending}", firm=firm), build_house(f"beta{ending}", firm=firm))


def build_house(slug: str, *, firm: str = "firm.example") -> House:
    """One tenant with everything a test may need."""
    tenant = Tenant.objects.create(slug=slug, name=slug.title())
    with tenant_transaction(tenant.pk):
        bare = system_actor(tenant.pk)
        root = root_create(slug=slug, name=tenant.name, by=bare)
        tenant_furnish(by=bare)
        by = system_actor(tenant.pk, Role.ADMINISTRATOR, Role.PMO)
        nodes = _nodes(root, by)
        people = _people(slug, firm, by)
        _grants(people, root, nodes["other_program"], by)
        forum = master_data_create(model=Forum, code="SC", name="Steering committee", by=by)
        forum_member_add(forum=forum, membership=people["forum_member"], seat=Seat.CHAIR, by=by)
        return House(
            tenant=tenant,
            root=root,
            **nodes,
            unit=master_data_create(model=BusinessUnit, code="BU1", name="Wind", by=by),
            function=master_data_create(model=Function, code="F1", name="Procurement", by=by),
            entity=master_data_create(model=LegalEntity, code="LE1", name="Alpha GmbH", by=by),
            forum=forum,
            people=people,
        )


def _nodes(root: Node, by: Actor) -> dict[str, Node]:
    parent, nodes = root, {}
    for level in (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE):
        draft = NodeDraft(level, f"First {level.word}", is_default=level is Level.PACKAGE)
        parent = node_create(parent=parent, draft=draft, by=by)
        nodes[level.name.lower()] = parent
    nodes["other_program"] = node_create(
        parent=nodes["portfolio"], draft=NodeDraft(Level.PROGRAM, "Second program"), by=by
    )
    return nodes


def _people(slug: str, firm: str, by: Actor) -> dict[str, Membership]:
    people = {}
    for name in (*Role.values, "guest", "narrow"):
        is_consultant = name == Role.CONSULTANT.value
        person = Person(
            email=f"{name}@{firm if is_consultant else f'{slug}.example'}",
            name=name.replace("_", " ").title(),
            kind=MembershipKind.CONSULTANT if is_consultant else MembershipKind.INTERNAL,
        )
        people[name] = membership_create(person=person, by=by)
    return people


def _grants(people: dict[str, Membership], root: Node, other: Node, by: Actor) -> None:
    for role in Role:
        role_grant(membership=people[role.value], role=role, node=root, by=by)
    role_grant(membership=people["narrow"], role=Role.PMO, node=other, by=by)
