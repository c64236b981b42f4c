"""Value settings: one person proposes, another publishes, and what is published stays (S5)."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, Stale
from governance.people.choices import Role
from governance.versions.services import version_withdraw
from kpis.forecasts.rules import Tolerance
from kpis.forecasts.selectors import tolerance
from kpis.rules import Month
from kpis.settings.models import ValueSettings
from kpis.settings.rules import SHIPPED, ValueTerms, term_faults
from kpis.settings.selectors import value_settings
from kpis.settings.services import (
    VALUE_SETTINGS,
    value_settings_propose,
    value_settings_publish,
)
from tests.houses import House
from tests.kpis.settling import settled

pytestmark = pytest.mark.django_db
MANAGERS = {Role.ADMINISTRATOR, Role.PMO, Role.HEAD_OF_CONTROLLING}


def refused(error: type[Exception], work: Callable[[], Any]) -> Any:
    """What a refusal says; it leaves nothing behind."""
    before = (AuditEvent.objects.count(), ValueSettings.objects.count())
    with pytest.raises(error) as caught, transaction.atomic():
        work()
    assert (AuditEvent.objects.count(), ValueSettings.objects.count()) == before
    return caught.value


def test_the_shipped_terms_hold_until_a_second_person_publishes(in_alpha: House) -> None:
    assert value_settings() == SHIPPED == ValueTerms()
    pmo, admin = in_alpha.actor("pmo"), in_alpha.actor("administrator")
    terms = ValueTerms(variance_percent=Decimal(4), closes_from=Month(2026, 1), claim_day=4)
    row = value_settings_propose(terms=terms, by=pmo)
    assert value_settings() == SHIPPED
    error = refused(
        Forbidden, lambda: value_settings_publish(number=row.number, seen_version=1, by=pmo)
    )
    assert (error.code, error.errors) == ("segregation_of_duties", {"rule": ["S5"]})
    value_settings_publish(number=row.number, seen_version=1, by=admin)
    with CaptureQueriesContext(connection) as queries:
        assert value_settings() == terms
    assert len(queries) == 1
    assert tolerance() == Tolerance(percent=Decimal(4))
    event = AuditEvent.objects.filter(action="value_settings.published").get()
    changes = json.loads(event.body)["changes"]
    assert (changes["closes_from"], changes["claim_day"]) == ([None, "2026-01"], ["5", "4"])


def test_a_later_version_supersedes_and_a_withdrawn_number_is_not_given_again(
    in_alpha: House,
) -> None:
    pmo, admin = in_alpha.actor("pmo"), in_alpha.actor("administrator")
    settled(in_alpha, claim_day=3)
    value_settings_propose(terms=ValueTerms(), by=pmo)
    error = refused(Conflict, lambda: value_settings_propose(terms=ValueTerms(), by=admin))
    assert error.code == "value_settings_proposed"
    refused(Stale, lambda: value_settings_publish(number=2, seen_version=9, by=admin))
    version_withdraw(kind=VALUE_SETTINGS, number=2, seen_version=1, by=pmo)
    again = refused(Conflict, lambda: value_settings_publish(number=2, seen_version=2, by=admin))
    assert again.code == "value_settings_not_proposed"
    assert value_settings().claim_day == 3
    settled(in_alpha, claim_day=6)
    rows = ValueSettings.objects.order_by("number").values_list("number", "state")
    assert list(rows) == [(1, "superseded"), (2, "withdrawn"), (3, "published")]


@pytest.mark.parametrize("role", Role)
def test_only_who_manages_governance_writes_them(in_alpha: House, role: Role) -> None:
    by = in_alpha.actor(role.value)
    if role in MANAGERS:
        value_settings_propose(terms=ValueTerms(), by=by)
        return
    refused(Forbidden, lambda: value_settings_propose(terms=ValueTerms(), by=by))


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"variance_percent": Decimal(-1)}, ["variance_percent"]),
        ({"variance_percent": Decimal("1.005")}, ["variance_percent"]),
        ({"change_percent": Decimal(4)}, ["change_percent"]),
        ({"change_amount": Decimal(1)}, ["change_amount"]),
        ({"variance_amount": Decimal(10) ** 15}, ["variance_amount"]),
        ({"claim_day": 11}, ["validation_day"]),
        ({"claim_day": 0, "validation_day": 61}, ["claim_day", "validation_day"]),
        ({"sustain_months": 61}, ["sustain_months"]),
        ({"sustain_percent": Decimal(-5)}, ["sustain_percent"]),
        ({"closes_from": Month(1950, 1)}, ["closes_from"]),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    in_alpha: House, changed: dict[str, Any], fields: list[str]
) -> None:
    terms = ValueTerms(**changed)
    assert list(term_faults(terms)) == fields
    by = in_alpha.actor("pmo")
    error = refused(Invalid, lambda: value_settings_propose(terms=terms, by=by))
    assert list(error.errors) == fields


def test_through_the_api(alpha: House) -> None:
    pmo, admin = alpha.caller("pmo"), alpha.caller("administrator")
    assert pmo.get("value-settings/").json()["number"] is None
    body = {"closes_from": "2026-01", "sustain_percent": "2.50"}
    made = pmo.post("value-settings-versions/", body)
    assert (made.status_code, made.json()["closes_from"]) == (201, "2026-01")
    wrong = admin.post("value-settings-versions/", {"closes_from": "soon", "x": 1})
    assert sorted(wrong.json()["errors"]) == ["closes_from", "x"]
    address, seen = "value-settings-versions/1/", {"If-Match": '"1"'}
    own = pmo.post(f"{address}publish/", {}, **seen)
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    done = admin.post(f"{address}publish/", {}, **seen)
    assert (done.status_code, done.json()["state"]) == (200, "published")
    held = pmo.get("value-settings/").json()
    assert (held["number"], held["sustain_percent"], held["claim_day"]) == (1, "2.50", 5)
    gone = admin.delete(address, **{"If-Match": '"2"'})
    assert (gone.status_code, gone.json()["code"]) == (409, "value_settings_not_proposed")


def test_through_the_pages(alpha: House) -> None:
    pmo, admin = alpha.client("pmo"), alpha.client("administrator")
    page = pmo.get(alpha.page("value-settings/"))
    assert "no month locks" in page.content.decode()
    propose = alpha.page("value-settings/propose/")
    form = pmo.get(propose).context["form"]
    data = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    assert data["variance_amount"] == "10,000.00"
    wrong = pmo.post(propose, data | {"closes_from": "soon", "change_percent": ""})
    assert wrong.status_code == 422
    assert sorted(wrong.context["form"].errors) == ["change_percent", "closes_from"]
    order = pmo.post(propose, data | {"claim_day": "12"})
    assert sorted(order.context["form"].errors) == ["validation_day"]
    done = pmo.post(propose, data | {"closes_from": "2026-02", "variance_amount": "12,500.00"})
    assert done.status_code == 302
    shown = pmo.get(alpha.page("value-settings/versions/1/")).content.decode()
    assert "February 2026" in shown
    assert "12,500" in shown
    published = admin.post(alpha.page("value-settings/versions/1/publish/"), {"seen_version": "1"})
    assert published.status_code == 302
    assert "February 2026" in pmo.get(alpha.page("value-settings/")).content.decode()
