"""The tenant's time zone: its day on the pages, UTC in the API."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import timezone

from governance.tenancy.models import Tenant
from tests.architecture.source import sources
from tests.houses import House

# Twenty-five hours apart: at any moment it is another day in one of them than in UTC.
FARTHEST = ["Pacific/Kiritimati", "Pacific/Pago_Pago"]


def moved(house: House, zone: str) -> House:
    Tenant.objects.filter(pk=house.tenant.pk).update(time_zone=zone)
    return house


@pytest.mark.parametrize("zone", FARTHEST)
def test_today_is_the_tenants_day(alpha: House, zone: str) -> None:
    client = moved(alpha, zone).client("owner")
    before = timezone.localdate(timezone=ZoneInfo(zone))
    page = client.get(alpha.page("delegations/")).content.decode()
    after = timezone.localdate(timezone=ZoneInfo(zone))
    field = re.search(r"<input[^>]*name=\"starts_on\"[^>]*>", page)
    assert field is not None
    assert any(f'value="{day}"' in field[0] for day in (before, after))


@pytest.mark.parametrize("zone", FARTHEST)
def test_pages_show_times_of_the_tenants_zone(alpha: House, zone: str) -> None:
    page = moved(alpha, zone).client("administrator").get(alpha.page("audit/")).content.decode()
    shown = {datetime.fromisoformat(text) for text in re.findall(r'<time datetime="([^"]+)', page)}
    offset = timezone.localtime(timezone=ZoneInfo(zone)).utcoffset()
    assert shown
    assert {at.utcoffset() for at in shown} == {offset}


@pytest.mark.parametrize("zone", FARTHEST)
def test_the_api_keeps_to_utc(alpha: House, zone: str) -> None:
    client = moved(alpha, zone).client("administrator")
    rows = client.get(alpha.api("people/")).json()["results"]
    assert rows
    assert all(row["created_at"].endswith("Z") for row in rows)
    at = datetime.fromisoformat(rows[0]["created_at"])
    assert abs(timezone.now() - at).total_seconds() < 24 * 3600


@pytest.mark.parametrize(
    ("zone", "words"), [("Asia/Kolkata", "2 Mar"), ("America/New_York", "1 Mar")]
)
def test_the_day_of_a_point_in_time_is_the_local_one(zone: str, words: str) -> None:
    at = datetime(2026, 3, 1, 23, 0, tzinfo=ZoneInfo("UTC"))
    page = engines["django"].from_string("{% load ui %}{{ at|day }}")
    with timezone.override(zone):
        assert page.render({"at": at}) == f"{words} 2026"


def test_no_field_of_the_api_leaves_utc() -> None:
    found = [
        source.path
        for source in sources()
        if "/api/" in source.path and "serializers.DateTimeField" in source.text
    ]
    assert found == []
