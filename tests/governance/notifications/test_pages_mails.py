"""Mails as administrators see them: what failed and another try; texts in the demo alone."""

from typing import Any

from governance.notifications.models import Mail
from tests.architecture.access.samples import failed_mail
from tests.houses import House

FILES = "django.core.mail.backends.filebased.EmailBackend"


def failed(house: House) -> Mail:
    with house.active():
        return failed_mail(house)


def testfailed_mails_are_listed_and_tried_again(alpha: House) -> None:
    mail, client = failed(alpha), alpha.client("administrator")
    home = f"/t/{alpha.slug}/mails/"
    listed = client.get(home).content.decode()
    assert "550 no" in listed
    assert "Text</p>" not in client.get(f"{home}{mail.public_id}/").content.decode()
    assert client.get(f"{home}{mail.public_id}/html/").status_code == 404
    asked = client.get(f"{home}{mail.public_id}/retry/")
    assert asked.status_code == 200
    done = client.post(f"{home}{mail.public_id}/retry/", {"seen_version": mail.version})
    assert done.status_code == 302
    waiting = client.get(f"{home}?show=waiting").content.decode()
    assert "Owner" in waiting
    again = client.post(f"{home}{mail.public_id}/retry/", {"seen_version": mail.version + 1})
    assert again.status_code == 409
    for show in ("sent", "dropped", "failed", "nothing"):
        assert client.get(f"{home}?show={show}").status_code == 200


def test_the_demos_mailbox_shows_texts_that_can_do_nothing(alpha: House, settings: Any) -> None:
    settings.EMAIL_BACKEND = FILES
    mail, client = failed(alpha), alpha.client("administrator")
    home = f"/t/{alpha.slug}/mails/"
    assert "mailbox for trying out" in client.get(home).content.decode()
    assert "Text" in client.get(f"{home}{mail.public_id}/").content.decode()
    html = client.get(f"{home}{mail.public_id}/html/")
    assert html.content == b"<p>Text</p>"
    assert "default-src 'none'" in html["Content-Security-Policy"]
    assert "sandbox" in html["Content-Security-Policy"]


def test_the_api_tells_states_and_tries_again(alpha: House) -> None:
    mail, api = failed(alpha), alpha.caller("administrator")
    [row] = api.get("mails/").json()["results"]
    assert (row["id"], row["reason"]) == (str(mail.public_id), "550 no")
    assert "text" not in row
    assert api.post(f"mails/{row['id']}/retry/", {}).status_code == 428
    done = api.post(f"mails/{row['id']}/retry/", {}, **{"If-Match": f'"{row["version"]}"'})
    assert done.json()["state"] == "waiting"
    assert api.get("mails/", {"state": "waiting"}).json()["results"][0]["id"] == row["id"]
