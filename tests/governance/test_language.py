"""The language of an answer: the switch, else the profile, else the browser, else the tenant."""

import pytest
from django.test import Client

from governance.tenancy.models import Tenant
from tests.houses import House

GERMAN, ENGLISH = "Personen und Rollen", "People and roles"


@pytest.fixture
def german(alpha: House) -> House:
    """The first tenant, made a German one."""
    Tenant.objects.filter(pk=alpha.tenant.pk).update(language="de")
    return alpha


def opened(house: House, *, browser: str = "", profile: str = "", choice: str = "") -> str:
    """The page of people as the administrator's browser gets it."""
    user = house.people["administrator"].user
    user.language = profile
    user.save(update_fields=["language"])
    client = house.client("administrator")
    if choice:
        client.cookies["django_language"] = choice
    headers = {"Accept-Language": browser} if browser else {}
    answer = client.get(house.page("people/"), headers=headers)
    page = answer.content.decode()
    assert answer.headers["Content-Language"] in {"de", "en"}
    assert f'<html lang="{answer.headers["Content-Language"]}"' in page
    assert (GERMAN in page) == (answer.headers["Content-Language"] == "de")
    assert (ENGLISH in page) == (answer.headers["Content-Language"] == "en")
    return str(answer.headers["Content-Language"])


@pytest.mark.parametrize("browser", ["", "*", "fr-FR,fr;q=0.9"])
def test_a_german_tenant_opens_in_german_where_the_browser_names_no_language_of_ours(
    german: House, browser: str
) -> None:
    assert opened(german, browser=browser) == "de"


def test_an_english_tenant_opens_in_english_where_nobody_says_otherwise(alpha: House) -> None:
    assert opened(alpha) == "en"


@pytest.mark.parametrize(
    ("browser", "language"),
    [("en-US,en;q=0.9", "en"), ("de-AT,en;q=0.5", "de"), ("fr,en;q=0.5,de;q=0.4", "en")],
)
def test_a_browser_that_names_a_language_of_ours_is_followed(
    german: House, browser: str, language: str
) -> None:
    assert opened(german, browser=browser) == language


def test_the_profile_of_a_person_outweighs_the_browser(german: House) -> None:
    assert opened(german, browser="de", profile="en") == "en"


def test_the_switch_outweighs_everything(german: House) -> None:
    assert opened(german, browser="de", profile="de", choice="en") == "en"


def test_a_language_that_nobody_speaks_here_is_passed_over(alpha: House) -> None:
    assert opened(alpha, browser="de", profile="tlh", choice="../../x") == "de"


def test_the_switch_on_a_page_sets_the_language_for_the_next_one(german: House) -> None:
    client = german.client("administrator")
    page = german.page("people/")
    answer = client.post("/i18n/setlang/", {"language": "en", "next": page})
    assert answer.status_code == 302
    assert answer.headers["Location"] == page
    assert ENGLISH in client.get(page, headers={"Accept-Language": "de"}).content.decode()


def test_a_problem_document_is_in_the_language_of_the_caller(german: House) -> None:
    caller = german.caller("auditor")
    texts = {
        language: caller.get("measures/M-999999/", **{"Accept-Language": language}).json()
        for language in ("en", "de")
    }
    assert texts["en"]["title"] == "Not found"
    assert texts["de"]["title"] == "Nicht gefunden"
    assert texts["en"]["code"] == texts["de"]["code"] == "not_found"


def test_the_language_of_one_request_does_not_stay_for_the_next(german: House) -> None:
    assert opened(german) == "de"
    assert "Sign in" in Client().get("/accounts/login/").content.decode()
