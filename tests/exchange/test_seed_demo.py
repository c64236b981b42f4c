"""The demo: what stands there after seeding, that seeding twice does nothing, and its log-ins."""

import io
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from exchange.demo.data import (
    ACCOUNT_ROLES,
    CONSULTANT_EMAIL,
    account_email,
    member_email,
    read_education,
    read_people,
)
from exchange.demo.services.accounts import passwords_set
from governance.audit.models import AuditEvent
from governance.masterdata.models import Forum
from governance.masterdata.selectors import seats_of
from governance.people.choices import Permission, Role
from governance.people.models import Membership, User
from governance.permissions.selectors import actor_for
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from initiatives.choices import Stage
from initiatives.models import Measure
from initiatives.rules import missing_fields
from kpis.models import Effect, ValueYear

SLUGS = ("education", "nordwerk")
PASSWORD = "a-password-for-tests"
OUTLINE = """
* Zukunftsprogramm | entity=NW-SE forum=LK-ZP
** Einkauf | function=EK
*** Energie | unit=ZB
Strom in Tranchen beschaffen | 650 | cost=45 avoid
**** Entsorgung
Schrotterlöse an den Börsenpreis binden | 280! | co2=12
** Vertrieb | function=VT
*** Preise | unit=FS
Preise zum Jahreswechsel anpassen | 2400 | revenue=2400 usd fte=1
"""


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The demo's files, cut down to what a test needs."""
    folder = tmp_path / "demo"
    shutil.copytree(settings.DEMO_DATA, folder)
    (folder / "nordwerk.txt").write_text(OUTLINE, encoding="utf-8")
    lines = (folder / "education.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [x for x in lines if x.startswith("id,") or ",Data Center," in x or "DHS Cont" in x]
    (folder / "education.csv").write_text("".join(kept), encoding="utf-8")
    people = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    del people["nordwerk"]["members"]["owner"][2:]
    (folder / "people.json").write_text(json.dumps(people), encoding="utf-8")
    settings.DEMO_DATA = folder
    settings.PUBLIC_URL = "http://localhost:8000"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return folder


def seed(password: str = PASSWORD) -> str:
    out = io.StringIO()
    call_command("seed_demo", password=password, stdout=out)
    return out.getvalue()


@pytest.fixture
def seeded(db: None, folder: Path) -> str:
    """What the command said."""
    return seed()


def inside(slug: str) -> Any:
    return tenant_transaction(Tenant.objects.get(slug=slug).pk)


def member(account: str, slug: str) -> Membership:
    email = CONSULTANT_EMAIL if account == "consultant" else account_email(account, slug)
    return Membership.objects.select_related("user").get(user__email=email)


def everything() -> Iterator[tuple[str, str, list[Any]]]:
    for slug in SLUGS:
        with inside(slug):
            for model in (Membership, Node, Measure, Effect, ValueYear, AuditEvent):
                yield slug, model.__name__, list(model.objects.order_by("id").values())
    yield "", "users", list(User.objects.order_by("id").values())


def test_seeding_a_second_time_does_nothing(seeded: str) -> None:
    before = list(everything())
    assert "education: loaded" in seeded
    again = seed()
    assert "education: is there already" in again
    assert "nordwerk: is there already" in again
    assert list(everything()) == before


def test_the_log_ins_are_printed_as_a_table(seeded: str) -> None:
    for slug in SLUGS:
        for account in ACCOUNT_ROLES:
            assert f"{account}@{slug}.example" in seeded
    assert seeded.count(CONSULTANT_EMAIL) == 2
    assert f"Password for all: {PASSWORD}" in seeded


def test_demo_log_ins_sign_in_and_nobody_else_does(seeded: str) -> None:
    for email in ("executive@nordwerk.example", CONSULTANT_EMAIL, "jan.behrens@nordwerk.example"):
        client = Client()
        client.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert ("_auth_user_id" in client.session) is (not email.startswith("jan"))


def test_every_log_in_holds_its_role(seeded: str) -> None:
    for slug in SLUGS:
        with inside(slug):
            root = Node.objects.get(level=0)
            for account, role in {**ACCOUNT_ROLES, "consultant": Role.CONSULTANT}.items():
                actor = actor_for(member(account, slug), via="test")
                assert {grant.role for grant in actor.scope.grants} == {role}
                assert actor.may_anywhere(Permission.TREE_VIEW)
                assert actor.sees(root.path) or account == "owner"


def test_the_owner_of_nordwerk_sees_a_program_and_owns_measures_in_it(seeded: str) -> None:
    with inside("nordwerk"):
        owner = member("owner", "nordwerk")
        actor = actor_for(owner, via="test")
        program = Node.objects.get(name="Einkauf")
        assert actor.scope.paths(Permission.TREE_VIEW) == (program.path,)
    with inside("education"):
        owned = Measure.objects.filter(owner=member("owner", "education"))
        assert owned.count() == 3


def test_all_measures_are_identified(seeded: str) -> None:
    for slug, count in (("education", 5), ("nordwerk", 3)):
        with inside(slug):
            assert Measure.objects.filter(stage=Stage.IDENTIFIED).count() == count
            assert Measure.objects.count() == count


def test_the_tenants_have_their_settings(seeded: str) -> None:
    education, nordwerk = (Tenant.objects.get(slug=slug) for slug in SLUGS)
    facts = (education.currency, education.fiscal_year_start, education.language)
    assert facts == ("USD", 10, "en")
    assert (education.headline_metric, nordwerk.headline_metric) == ("COST", "EBITDA")
    assert "US Department of Education" in education.source_note
    assert "public domain" in education.source_note
    assert (nordwerk.currency, nordwerk.fiscal_year_start, nordwerk.language) == ("EUR", 1, "de")
    assert "erfunden" in nordwerk.source_note


def test_the_headline_value_of_a_measure_is_kept_for_sorting(seeded: str) -> None:
    with inside("education"):
        measure = Measure.objects.get(source_key="ed:32")
        assert measure.value_minor == int(Decimal("19.0919") * 1_000_000 * 10_000)


def test_in_education_two_programs_have_their_people_and_the_rest_keep_the_silence(
    seeded: str,
) -> None:
    with inside("education"):
        governed = Measure.objects.filter(package__parent__parent__name="Data Center")
        assert {missing_fields(measure) for measure in governed} == {()}
        others = Measure.objects.exclude(pk__in=governed)
        assert {len(missing_fields(measure)) for measure in others} == {7}


def test_the_trail_names_who_did_what(seeded: str) -> None:
    with inside("nordwerk"):
        bodies = [json.loads(event.body) for event in AuditEvent.objects.order_by("id")]
    people = read_people(settings.DEMO_DATA, "nordwerk")
    done_by = {(body["action"], body["actor"]["name"]) for body in bodies}
    assert ("measure.created", people.accounts["pmo"]) in done_by
    assert ("role.granted", people.accounts["admin"]) in done_by
    assert ("values.changed", people.accounts["pmo"]) in done_by
    finance = people.members[Role.HEAD_OF_CONTROLLING][0]
    set_by = {
        body["actor"]["name"]
        for body in bodies
        if body["action"] == "measure.changed" and "controller" in body["changes"]
    }
    assert set_by <= {finance}


def test_every_forum_of_nordwerk_has_a_chair_and_the_forum_member(seeded: str) -> None:
    with inside("nordwerk"):
        for forum in Forum.objects.all():
            seats = [(seat.seat, seat.membership.email) for seat in seats_of(forum)]
            assert seats[0][0] == "chair"
            assert ("member", "member@nordwerk.example") in seats


def test_another_password_replaces_the_former_for_all(seeded: str) -> None:
    seed("another-password")
    for email in ("owner@education.example", CONSULTANT_EMAIL):
        user = User.objects.get(email=email)
        assert user.check_password("another-password")
        assert not user.check_password(PASSWORD)


def test_a_password_changed_by_hand_comes_back_without_touching_the_others(seeded: str) -> None:
    user = User.objects.get(email=CONSULTANT_EMAIL)
    before = User.objects.get(email="pmo@nordwerk.example").password
    user.set_password("my-own-password")
    user.save()
    assert passwords_set(emails=[CONSULTANT_EMAIL, "pmo@nordwerk.example"], password=PASSWORD) == 1
    assert User.objects.get(email="pmo@nordwerk.example").password == before
    assert User.objects.get(email=CONSULTANT_EMAIL).check_password(PASSWORD)


def test_the_password_may_come_from_the_environment(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "from-the-environment")
    assert "Password for all: from-the-environment" in seed("")


def test_without_a_password_nothing_is_seeded(
    db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        seed("")
    assert not Tenant.objects.filter(slug__in=SLUGS).exists()


def test_a_demo_is_for_loopback_only(db: None, folder: Path, settings: Any) -> None:
    settings.PUBLIC_URL = "https://tollgate.example.com"
    with pytest.raises(CommandError, match=r"tollgate\.example\.com"):
        seed()
    assert not Tenant.objects.filter(slug__in=SLUGS).exists()


def test_a_seed_that_fails_halfway_leaves_nothing(db: None, folder: Path) -> None:
    text = OUTLINE.replace("unit=FS", "unit=XX")
    (folder / "nordwerk.txt").write_text(text, encoding="utf-8")
    with pytest.raises(KeyError, match="XX"):
        seed()
    assert list(Tenant.objects.filter(slug__in=SLUGS).values_list("slug", flat=True)) == [
        "education"
    ]
    assert not User.objects.filter(email__endswith="@nordwerk.example").exists()


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Jan Behrens", "jan.behrens@x.example"),
        ("Dr. Friederike Kolbe", "friederike.kolbe@x.example"),
        ("Prof. Dr. Hartmut Giese", "hartmut.giese@x.example"),
        ("Sabine Größer", "sabine.grosser@x.example"),
    ],
)
def test_addresses_come_from_names_without_titles_and_accents(name: str, email: str) -> None:
    assert member_email(name, "x") == email


@pytest.mark.parametrize("slug", SLUGS)
def test_no_two_people_of_a_tenant_share_an_address(slug: str) -> None:
    people = read_people(settings.DEMO_DATA, slug)
    emails = [member_email(name, slug) for names in people.members.values() for name in names]
    emails += [account_email(account, slug) for account in people.accounts]
    assert len(emails) == len(set(emails))
    assert set(people.accounts) == set(ACCOUNT_ROLES)


@pytest.mark.slow
def test_the_whole_demo_loads(db: None, settings: Any) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    seed()
    with inside("nordwerk"):
        assert Measure.objects.count() == 301
        assert {measure.stage for measure in Measure.objects.all()} == set(Stage.values)
        assert Membership.objects.count() == 34
        lacking = sum(bool(missing_fields(measure)) for measure in Measure.objects.all())
        assert 0.04 < lacking / 301 < 0.12
    with inside("education"):
        assert Measure.objects.count() == len(read_education(settings.DEMO_DATA)) == 61
