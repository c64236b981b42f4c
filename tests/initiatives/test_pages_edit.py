"""Editing a measure: what is open to whom, staleness without loss, refusals in words."""

from collections.abc import Callable

import pytest

from governance.people.models import Membership
from initiatives.models import Measure
from initiatives.pages.measure_forms import LABELS
from initiatives.services import measure_change
from tests.houses import House
from tests.initiatives.making import make_measure, reloaded

CONTENT = {"name", "description", "planned_start", "planned_end", "calculation_method"}
JUDGES = {"owner", "sponsor", "receiver", "forum", "business_unit", "function", "legal_entity"}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, "Bundle steel", owner=alpha.people["owner"], description="Then")


@pytest.fixture
def url(alpha: House, measure: Measure) -> str:
    return alpha.page(f"measures/{measure.code}/edit/")


@pytest.fixture
def meanwhile(alpha: House, measure: Measure) -> Callable[..., Measure]:
    """Somebody else saves these fields first."""

    def change(**fields: object) -> Measure:
        by = alpha.actor("pmo")
        with alpha.active():
            return measure_change(measure=measure, seen_version=1, fields=fields, by=by)

    return change


def shown(house: House, name: str, url: str) -> dict[str, str]:
    """What a browser would send back from the form as it was opened."""
    form = house.client(name).get(url).context["form"]
    data = {"seen_version": str(form.initial["seen_version"]), **dict(form.seen_inputs())}
    data |= {n: form.current[n] for n in form.current if not form.fields[n].disabled}
    return data


@pytest.mark.parametrize(
    ("name", "open_fields"),
    [
        ("owner", CONTENT),
        ("consultant", CONTENT),
        ("pmo", CONTENT | JUDGES),
        ("controller", {"controller"}),
        ("head_of_controlling", {"controller"}),
    ],
)
def test_each_role_finds_its_own_fields_open_and_the_others_with_a_reason(
    alpha: House, url: str, name: str, open_fields: set[str]
) -> None:
    form = alpha.client(name).get(url).context["form"]
    assert {n for n in LABELS if not form.fields[n].disabled} == open_fields
    closed = set(LABELS) - open_fields
    assert all("et by" in str(form.fields[n].help_text) for n in closed)


@pytest.mark.parametrize("name", ["executive", "sponsor", "auditor", "administrator"])
def test_readers_have_no_form(alpha: House, url: str, name: str) -> None:
    client = alpha.client(name)
    assert client.get(url).status_code == 403
    assert client.post(url, {"seen_version": "1", "name": "x"}).status_code == 403


def test_saving_changes_what_was_typed_and_nothing_else(
    alpha: House, measure: Measure, url: str
) -> None:
    data = shown(alpha, "pmo", url)
    data |= {"name": "Bundle all steel", "sponsor": "sponsor@alpha.example", "forum": "SC"}
    answer = alpha.client("pmo").post(url, data)
    assert answer.status_code == 302, answer.content.decode()
    row = reloaded(alpha, measure)
    assert (row.name, row.sponsor.email, row.description, row.version) == (
        "Bundle all steel",
        "sponsor@alpha.example",
        "Then",
        2,
    )


def test_saving_without_a_change_writes_nothing(alpha: House, measure: Measure, url: str) -> None:
    assert alpha.client("pmo").post(url, shown(alpha, "pmo", url)).status_code == 302
    assert reloaded(alpha, measure).version == 1


def test_a_closed_field_in_the_request_changes_nothing(
    alpha: House, measure: Measure, url: str
) -> None:
    data = shown(alpha, "owner", url)
    data |= {"sponsor": "sponsor@alpha.example", "stage": "closed", "seen-sponsor": "x"}
    assert alpha.client("owner").post(url, data).status_code == 302
    row = reloaded(alpha, measure)
    assert (row.sponsor_id, row.stage, row.version) == (None, "identified", 1)


def test_a_late_save_keeps_what_was_typed_and_says_what_changed(
    alpha: House, measure: Measure, url: str, meanwhile: Callable[..., Measure]
) -> None:
    data = shown(alpha, "pmo", url)
    meanwhile(description="Now", sponsor=alpha.people["sponsor"])
    late = alpha.client("pmo").post(url, data | {"name": "Mine"})
    html = late.content.decode()
    assert late.status_code == 409
    assert "nothing of yours is saved yet" in html
    assert "description Then → Now" in html
    assert reloaded(alpha, measure).name == "Bundle steel"
    form = late.context["form"]
    kept = {name: form[name].value() for name in ("name", "description", "sponsor")}
    assert kept == {"name": "Mine", "description": "Now", "sponsor": "sponsor@alpha.example"}
    again = dict(form.data)
    assert alpha.client("pmo").post(url, again).status_code == 302
    row = reloaded(alpha, measure)
    assert (row.name, row.description) == ("Mine", "Now")
    assert row.sponsor.email == "sponsor@alpha.example"


def test_a_field_that_both_changed_is_named(
    alpha: House, url: str, meanwhile: Callable[..., Measure]
) -> None:
    data = shown(alpha, "owner", url)
    meanwhile(name="Theirs")
    late = alpha.client("owner").post(url, data | {"name": "Mine"})
    assert late.context["contested"] == ["Name"]
    assert late.context["form"]["name"].value() == "Mine"


def test_a_measure_deleted_meanwhile_is_gone(alpha: House, measure: Measure, url: str) -> None:
    data = shown(alpha, "pmo", url)
    client = alpha.client("pmo")
    client.post(alpha.page(f"measures/{measure.code}/delete/"), {"seen_version": "1"})
    assert client.post(url, data | {"name": "Mine"}).status_code == 404


@pytest.mark.parametrize("version", ["", "0", "-1", "NaN", "1e3", str(10**30)])
def test_a_version_that_is_none_is_refused(
    alpha: House, measure: Measure, url: str, version: str
) -> None:
    data = shown(alpha, "pmo", url) | {"name": "Mine", "seen_version": version}
    assert alpha.client("pmo").post(url, data).status_code == 422
    assert reloaded(alpha, measure).name == "Bundle steel"


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "a\x00"}, "name", "control characters"),
        ({"description": "x" * 10_001}, "description", "10000"),
        ({"planned_start": "2026-13-01"}, "planned_start", "valid date"),
        ({"planned_end": "2026-01-01", "planned_start": "2026-01-02"}, "planned_end", "before"),
        ({"sponsor": "owner@beta.example"}, "sponsor", "not a member"),
        ({"sponsor": "a" * 300}, "sponsor", "254"),
        ({"legal_entity": "\x00"}, "legal_entity", "Null"),
    ],
)
def test_bad_input_is_told_at_its_field(
    alpha: House, measure: Measure, url: str, data: dict[str, str], field: str, words: str
) -> None:
    answer = alpha.client("pmo").post(url, shown(alpha, "pmo", url) | data)
    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert reloaded(alpha, measure).version == 1


def test_the_controller_judges_others(alpha: House, measure: Measure, url: str) -> None:
    data = shown(alpha, "controller", url) | {"controller": "owner@alpha.example"}
    answer = alpha.client("controller").post(url, data)
    assert answer.status_code == 422
    assert "(S2)" in answer.content.decode()


def test_somebody_who_left_stays_shown_and_is_kept(
    alpha: House, measure: Measure, url: str
) -> None:
    client = alpha.client("administrator")
    person = alpha.people["owner"]
    end = alpha.page(f"people/{person.public_id}/end/")
    client.post(end, {"seen_version": person.version})
    with alpha.active():
        assert Membership.objects.get(pk=person.pk).ended_at is not None
    data = shown(alpha, "pmo", url) | {"name": "Still theirs"}
    assert alpha.client("pmo").post(url, data).status_code == 302
    assert reloaded(alpha, measure).name == "Still theirs"


def test_proposals_for_people_stay_within_the_tenant(alpha: House) -> None:
    url = alpha.page("people-options/")
    html = alpha.client("pmo").get(url, {"owner": "sponsor"}).content.decode()
    assert "sponsor@alpha.example" in html
    assert "beta" not in html
    assert "option" not in alpha.client("pmo").get(url, {"owner": "\x00"}).content.decode()
    assert alpha.client("executive").get(url, {"owner": "a"}).status_code == 403
