"""The size from which a forum decides belongs to the stage model (G6, T15)."""

from typing import Any

import pytest

from governance.errors import Invalid
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from tests.houses import House
from tests.kpis.changes.making import ask_months, make_frozen, route
from tests.ladder import short_model

pytestmark = pytest.mark.usefixtures("open_stages")


def publish(house: House, **limits: Any) -> None:
    with house.active():
        draft = VersionDraft("Smaller changes", short_model(**limits))
        proposed = version_propose(draft=draft, by=house.actor("administrator"))
        version_publish(version=proposed, by=house.actor("head_of_controlling"))


@pytest.mark.parametrize(("amount", "last"), [("5001", "sponsor"), ("5000", "forum")])
def test_a_change_of_the_limit_goes_to_the_forum(alpha: House, amount: str, last: str) -> None:
    publish(alpha, change_limit="5000")
    (effect,) = make_frozen(alpha)
    request = ask_months(alpha, effect, {"2026-03": amount})
    assert route(alpha, request) == ["controller", last]
    assert request.details["size"]["limit"] == "5000"


def test_the_limit_is_a_number_from_zero_up(alpha: House) -> None:
    with pytest.raises(Invalid):
        publish(alpha, change_limit="-1")
