"""The daily mail: one a person and business day, with what they have not read."""

from datetime import UTC, datetime

import pytest

from governance.calendars.rules import Holiday
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.notifications.choices import MailForm, MailState
from governance.notifications.letters import sections_of, written
from governance.notifications.models import Mail, Notification
from governance.notifications.rules import Hours
from governance.notifications.selectors import mails, notices_in
from governance.notifications.services_choices import Asked, notice_wishes_change
from governance.notifications.services_digests import digests_gather
from governance.notifications.services_inbox import notice_read
from tests.governance.notifications.telling import DAILY, KEPT, notices, tell
from tests.houses import House, World
from tests.racing import errors_in, race

# A Thursday before a holiday and a weekend; the tenant lives by UTC.
THURSDAY = datetime(2026, 4, 30, 7, tzinfo=UTC)


def gather(house: House, moment: datetime = THURSDAY) -> int:
    with house.active():
        return digests_gather(by=house.system(), now=moment)


def test_one_mail_a_person_and_day_with_what_is_unread(in_alpha: House) -> None:
    owner, pmo = in_alpha.people["owner"], in_alpha.people["pmo"]
    for key in ("one", "two", "three"):
        tell(in_alpha, owner, kind=DAILY, key=key)
    tell(in_alpha, pmo, kind=DAILY, key="one")
    tell(in_alpha, in_alpha.people["sponsor"], key="at once")
    notice_read(notice_id=notices(owner)[0].public_id, by=in_alpha.actor("owner"))
    assert gather(in_alpha, THURSDAY.replace(hour=6)) == 0, "before their hour"
    assert gather(in_alpha) == 2
    assert gather(in_alpha) == 0
    mail = mails().get(recipient=owner, form=MailForm.DIGEST)
    assert (mail.key, mail.state) == ("digest:2026-04-30", MailState.WAITING)
    assert [row.key for row in notices_in(mail)] == ["two", "three"]


def test_what_comes_after_the_days_mail_waits_for_the_next_business_day(in_alpha: House) -> None:
    holiday = CalendarDraft(holidays=(Holiday(THURSDAY.date().replace(month=5, day=1), "May"),))
    row = calendar_propose(draft=holiday, by=in_alpha.actor("pmo"))
    calendar_publish(number=row.number, seen_version=1, by=in_alpha.actor("administrator"))
    owner = in_alpha.people["owner"]
    tell(in_alpha, owner, kind=DAILY, key="one")
    assert gather(in_alpha) == 1
    tell(in_alpha, owner, kind=DAILY, key="late")
    assert gather(in_alpha, THURSDAY.replace(hour=18)) == 0
    for day in (1, 2, 3):
        assert gather(in_alpha, datetime(2026, 5, day, 12, tzinfo=UTC)) == 0
    assert gather(in_alpha, datetime(2026, 5, 4, 7, tzinfo=UTC)) == 1
    assert Mail.objects.filter(recipient=owner).count() == 2


def test_everybody_has_an_hour_of_their_own(in_alpha: House) -> None:
    asked = Asked({}, Hours(None, None, 15))
    notice_wishes_change(asked=asked, seen_version=1, by=in_alpha.actor("owner"))
    tell(in_alpha, in_alpha.people["owner"], in_alpha.people["pmo"], kind=DAILY)
    assert gather(in_alpha) == 1
    assert gather(in_alpha, THURSDAY.replace(hour=15)) == 1


def test_it_is_grouped_with_escalations_first(in_alpha: House) -> None:
    owner = in_alpha.people["owner"]
    tell(in_alpha, owner, kind=DAILY, key="one", code="M-1")
    tell(in_alpha, owner, kind=KEPT, key="two", code="M-2")
    rows = notices(owner)
    sections = sections_of(rows, in_alpha.tenant)
    assert [section.label for section in sections] == ["Escalations", "Updates and reports"]
    mail = Mail(recipient=owner, form=MailForm.DIGEST)
    subject, text, html = written(mail, rows, in_alpha.tenant, "")
    assert subject == "2 new notifications"
    for body in (text, html):
        assert body.index("M-2") < body.index("M-1")
    _subject, text, _html = written(mail, rows * 40, in_alpha.tenant, "")
    assert "30 more stand in Tollgate." in text


def test_nobody_without_news_gets_a_mail(in_alpha: House) -> None:
    assert gather(in_alpha) == 0
    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_make_one_mail(lasting_world: World) -> None:
    house = lasting_world.alpha
    people = [house.people[name] for name in ("owner", "pmo", "sponsor")]
    for key in ("one", "two"):
        tell(house, *people, kind=DAILY, key=key)
    by = house.system()

    def work() -> int:
        with house.active():
            return digests_gather(by=by, now=THURSDAY)

    results = race(*[work] * 4)
    assert errors_in(results) == []
    assert sum(results) == len(people)
    with house.active():
        assert Mail.objects.count() == len(people)
        assert not Notification.objects.filter(mail__isnull=True).exists()
