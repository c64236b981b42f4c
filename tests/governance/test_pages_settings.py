"""One's own API tokens, and the settings of the tenant."""

import re
from typing import Any

import pytest
from django.test import Client

from governance.audit.models import AuditEvent
from governance.people.choices import Role
from governance.people.models import ApiToken
from governance.permissions.services import role_grant
from governance.tenancy.models import Tenant
from governance.tree.selectors import root_node
from tests.houses import ApiCaller, House

TOKEN = {"name": "Nightly export", "scopes": "read", "days": "30"}
SETTINGS = {
    "name": "Alpha Works",
    "currency": "CHF",
    "fiscal_year_start": "10",
    "language": "de",
    "time_zone": "Europe/Zurich",
    "seen_version": "1",
}


def text_of(answer: Any) -> str:
    return answer.content.decode()


def token_in(answer: Any) -> str:
    found = re.search(r'id="new-token">(.*?)</code>', text_of(answer))
    assert found is not None
    return found.group(1)


def tokens_in(house: House, name: str) -> list[ApiToken]:
    with house.active():
        return list(ApiToken.objects.filter(membership=house.people[name]))


# --- tokens -----------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_works(alpha: House) -> None:
    client = alpha.client("pmo")
    answer = client.post(alpha.page("tokens/"), TOKEN)
    text = token_in(answer)
    assert answer["Cache-Control"] == "no-store"
    caller = ApiCaller(alpha, text)
    assert caller.get("people/").status_code == 200
    assert (
        caller.post("functions/", {"code": "F2", "name": "X"}).json()["code"] == "token_read_only"
    )
    again = client.get(alpha.page("tokens/"))
    assert text not in text_of(again)
    assert "Nightly export" in text_of(again)
    # The secret itself may hold underscores.
    assert text.split("_", 2)[2] not in str(tokens_in(alpha, "pmo")[0].__dict__)


def test_a_token_that_may_write_writes(alpha: House) -> None:
    data = TOKEN | {"scopes": "read write"}
    text = token_in(alpha.client("pmo").post(alpha.page("tokens/"), data))
    answer = ApiCaller(alpha, text).post("functions/", {"code": "F2", "name": "X"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "a\x07"},
        {"days": "0"},
        {"days": "367"},
        {"days": "1" * 40},
        {"scopes": "all"},
        {"scopes": ""},
    ],
)
def test_a_token_that_cannot_be_is_told_in_the_form(alpha: House, given: dict[str, str]) -> None:
    answer = alpha.client("pmo").post(alpha.page("tokens/"), TOKEN | given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(given)
    assert tokens_in(alpha, "pmo") == []


def test_a_token_is_revoked_after_a_question_and_stops_at_once(alpha: House) -> None:
    client = alpha.client("pmo")
    caller = ApiCaller(alpha, token_in(client.post(alpha.page("tokens/"), TOKEN)))
    url = alpha.page(f"tokens/{tokens_in(alpha, 'pmo')[0].public_id}/revoke/")
    assert "Revoke the token Nightly export?" in text_of(client.get(url))
    assert caller.get("people/").status_code == 200
    assert client.post(url).status_code == 302
    assert caller.get("people/").status_code == 401
    assert client.post(url).status_code == 404


def test_nobody_sees_or_revokes_the_token_of_another(alpha: House) -> None:
    alpha.client("pmo").post(alpha.page("tokens/"), TOKEN)
    url = alpha.page(f"tokens/{tokens_in(alpha, 'pmo')[0].public_id}/revoke/")
    admin = alpha.client("administrator")
    assert "Nightly export" not in text_of(admin.get(alpha.page("tokens/")))
    assert admin.post(url).status_code == 404
    assert tokens_in(alpha, "pmo")[0].revoked_at is None


def test_tokens_are_no_business_of_strangers(alpha: House, beta: House) -> None:
    assert beta.client("pmo").get(alpha.page("tokens/")).status_code == 404
    anonymous = Client().get(alpha.page("tokens/"))
    assert anonymous.status_code == 302
    assert "/accounts/login/" in anonymous["Location"]


# --- settings ---------------------------------------------------------------------------------


def test_the_settings_are_changed_and_told_in_the_history(alpha: House) -> None:
    admin = alpha.client("administrator")
    assert admin.post(alpha.page("settings/"), SETTINGS).status_code == 302
    tenant = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (tenant.name, tenant.currency, tenant.fiscal_year_start, tenant.language) == (
        "Alpha Works",
        "CHF",
        10,
        "de",
    )
    assert (tenant.time_zone, tenant.version) == ("Europe/Zurich", 2)
    with alpha.active():
        assert root_node().name == "Alpha Works"
        event = AuditEvent.objects.filter(action="tenant.changed").latest("id")
    assert '"currency":["EUR","CHF"]' in event.body
    history = text_of(admin.get(alpha.page("settings/")))
    assert "EUR → CHF" in history


def test_saving_the_same_settings_writes_nothing(alpha: House) -> None:
    data = SETTINGS | {"name": "Alpha", "currency": "EUR", "fiscal_year_start": "1"}
    data |= {"language": "en", "time_zone": "UTC"}
    assert alpha.client("administrator").post(alpha.page("settings/"), data).status_code == 302
    assert Tenant.objects.get(pk=alpha.tenant.pk).version == 1


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"currency": "EURO"},
        {"currency": "eur"},
        {"fiscal_year_start": "13"},
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_settings_that_cannot_be_are_told_in_the_form(alpha: House, given: dict[str, str]) -> None:
    answer = alpha.client("administrator").post(alpha.page("settings/"), SETTINGS | given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(given)
    assert Tenant.objects.get(pk=alpha.tenant.pk).name == "Alpha"


def test_a_second_administrator_is_told_that_somebody_was_quicker(alpha: House) -> None:
    admin = alpha.client("administrator")
    assert admin.post(alpha.page("settings/"), SETTINGS).status_code == 302
    stale = SETTINGS | {"name": "Other"}
    assert admin.post(alpha.page("settings/"), stale).status_code == 409
    assert Tenant.objects.get(pk=alpha.tenant.pk).name == "Alpha Works"


@pytest.mark.parametrize("name", ["pmo", "auditor", "guest"])
def test_only_administrators_see_the_settings(alpha: House, name: str) -> None:
    client = alpha.client(name)
    assert client.get(alpha.page("settings/")).status_code == 403
    assert client.post(alpha.page("settings/"), SETTINGS).status_code == 403


def test_an_administrator_of_a_part_does_not_set_for_all(alpha: House) -> None:
    with alpha.active():
        by, guest = alpha.system(Role.ADMINISTRATOR), alpha.people["guest"]
        role_grant(membership=guest, role=Role.ADMINISTRATOR, node=alpha.program, by=by)
    assert alpha.client("guest").post(alpha.page("settings/"), SETTINGS).status_code == 403
