"""`gate-requests/?waiting_for_me=true` says of a person what their inbox says."""

from django.utils import timezone

from approvals.selectors import inbox, visible_requests, waiting_among
from governance.people.choices import Role
from tests.houses import House
from tests.ladder import Ladder

WAITING = {"waiting_for_me": "true"}


def test_what_waits_for_somebody_is_listed_for_nobody_else(alpha: House) -> None:
    ladder = Ladder(alpha).begin().plan(timezone.localdate())
    request = ladder.ask("detailed")
    for name, count in (("controller", 1), ("sponsor", 0), ("owner", 0), ("auditor", 0)):
        found = ladder.ok(ladder[name].get("gate-requests/", WAITING))["results"]
        assert [row["id"] for row in found] == [request["id"]] * count, name
        actor = alpha.actor(name)
        with alpha.active():
            assert inbox(actor).count() == count
    ladder.ok(ladder.vote("controller", request))
    assert ladder.ok(ladder["controller"].get("gate-requests/", WAITING))["results"] == []
    assert len(ladder.ok(ladder["sponsor"].get("gate-requests/", WAITING))["results"]) == 1


def test_nothing_waits_for_the_product_itself(alpha: House) -> None:
    Ladder(alpha).begin().plan(timezone.localdate()).ask("detailed")
    by = alpha.system(Role.PMO)
    with alpha.active():
        assert visible_requests(by).count() == 1
        assert waiting_among(visible_requests(by), by).count() == 0
