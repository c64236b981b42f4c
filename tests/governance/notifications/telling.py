"""A kind of notice of the tests' own, and short words for telling it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.models import Notification
from governance.notifications.registry import NoticeKind, Rendered, register_kind
from governance.notifications.services import notify
from governance.people.models import Membership
from tests.houses import House, Plot

AT_ONCE, DAILY, SILENT, KEPT = "test.at_once", "test.daily", "test.silent", "test.kept"


def told(params: Mapping[str, Any]) -> Rendered:
    """The title in the reader's language, one line, and where it leads."""
    return Rendered(f"{_('Measure')} {params['code']}", ("A line.",), f"measures/{params['code']}/")


def register() -> None:
    """Make the tests' kinds known."""
    why = gettext_lazy("you own %(code)s")
    for code, default in ((AT_ONCE, Delivery.AT_ONCE), (DAILY, Delivery.DIGEST)):
        register_kind(NoticeKind(code, code, NoticeGroup.RHYTHM, why, told, default))
    register_kind(NoticeKind(SILENT, SILENT, NoticeGroup.FIGURES, why, told, Delivery.OFF))
    register_kind(NoticeKind(KEPT, KEPT, NoticeGroup.ESCALATIONS, why, told, may_be_off=False))


def tell(
    house: House | Plot, *people: Membership, kind: str = AT_ONCE, key: str = "k", **params: Any
) -> int:
    """Tell people something in the tenant."""
    with house.active():
        return notify(
            kind=kind,
            to=[person.pk for person in people],
            key=key,
            params={"code": "M-1", **params},
            by=house.system(),
        )


def notices(person: Membership) -> list[Notification]:
    """What a person was told, oldest first; the tenant is active."""
    return list(Notification.objects.filter(recipient=person).order_by("id"))
