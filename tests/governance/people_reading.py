"""What tests of people read back: a person's page, roles, row and events, and a page's text."""

from typing import Any

from governance.audit.models import AuditEvent
from governance.people.models import Membership
from governance.permissions.selectors import grants_of
from tests.houses import House


def page_of(house: House, name: str) -> str:
    return house.page(f"people/{house.people[name].public_id}/")


def roles_held(house: House, name: str) -> set[tuple[str, str]]:
    with house.active():
        return {(g.role.value, g.node.code) for g in grants_of(house.people[name])}


def fresh(house: House, name: str) -> Membership:
    with house.active():
        return Membership.objects.select_related("user").get(pk=house.people[name].pk)


def actions_of(house: House, name: str) -> list[str]:
    key = str(house.people[name].public_id)
    with house.active():
        events = AuditEvent.objects.filter(subject_type="membership", subject_key=key)
        return list(events.order_by("id").values_list("action", flat=True))


def text_of(answer: Any) -> str:
    return answer.content.decode()
