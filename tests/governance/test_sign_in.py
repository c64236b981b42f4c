"""Failed sign-ins are counted and lock one person at one address, for a while."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.test import Client

from governance.people.models import User
from tests.houses import House

LOGIN = "/accounts/login/"
PASSWORD = "a long enough pass phrase"
LOCKED = 429

SignIn = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def sign_in(client: Client, alpha: House) -> SignIn:
    """Try to sign in as somebody of `alpha`; owner and PMO have the same password here."""
    for name in ("owner", "pmo"):
        user = User.objects.get(pk=alpha.people[name].user_id)
        user.set_password(PASSWORD)
        user.save()

    def attempt(who: str, password: str, *, address: str = "10.0.0.1") -> Any:
        email = alpha.people[who].email if who in alpha.people else who
        return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=address)

    return attempt


def test_the_right_password_signs_in(sign_in: SignIn) -> None:
    answer = sign_in("owner", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_failed_sign_in_is_recorded_with_its_person(sign_in: SignIn, alpha: House) -> None:
    assert sign_in("owner", "wrong").status_code == 200
    assert AccessAttempt.objects.filter(username=alpha.people["owner"].email).count() == 1


def test_five_failures_lock_this_person_out_even_with_the_right_password(sign_in: SignIn) -> None:
    answers = [sign_in("owner", "wrong").status_code for _attempt in range(5)]
    assert answers == [200, 200, 200, 200, LOCKED]
    assert sign_in("owner", PASSWORD).status_code == LOCKED


def test_one_persons_failures_lock_nobody_else_out(sign_in: SignIn) -> None:
    for _attempt in range(6):
        sign_in("owner", "wrong")
    assert sign_in("pmo", PASSWORD).status_code == 302


def test_another_address_is_not_locked_out(sign_in: SignIn) -> None:
    for _attempt in range(6):
        sign_in("owner", "wrong")
    assert sign_in("owner", PASSWORD, address="10.0.0.2").status_code == 302


def test_the_case_of_the_address_opens_no_second_door(sign_in: SignIn, alpha: House) -> None:
    email = alpha.people["owner"].email
    for spelled in (email, email.upper(), email.title(), f" {email}", email):
        sign_in(spelled, "wrong")
    assert sign_in("owner", PASSWORD).status_code == LOCKED


def test_success_forgets_former_failures(sign_in: SignIn, client: Client) -> None:
    for _attempt in range(4):
        sign_in("owner", "wrong")
    assert sign_in("owner", PASSWORD).status_code == 302
    client.logout()
    assert sign_in("owner", "wrong").status_code == 200


def test_a_stranger_and_a_member_fail_alike(sign_in: SignIn) -> None:
    """Nobody learns from the answer who has a log-in (N1)."""
    known = sign_in("owner", "wrong").content.decode()
    unknown = sign_in("nobody@nowhere.example", "wrong").content.decode()
    strip = (
        known.replace("owner@alpha.example", "X"),
        unknown.replace("nobody@nowhere.example", "X"),
    )
    tokens = [text.split("csrfmiddlewaretoken")[0] for text in strip]
    assert tokens[0] == tokens[1]


def test_nobody_signs_up_alone(client: Client, db: None) -> None:
    answer = client.get("/accounts/signup/")
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    client.post("/accounts/signup/", {"email": "new@nowhere.example", "password1": PASSWORD})
    assert not User.objects.filter(email="new@nowhere.example").exists()


@pytest.mark.parametrize("path", ["email/", "confirm-email/", "confirm-email/x:y:z/"])
def test_nobody_gives_himself_another_address(alpha: House, path: str) -> None:
    """The address is who somebody is in the audit."""
    client, guest = alpha.client("guest"), alpha.people["guest"]
    other = "somebody.else@alpha.example"
    for action in ("action_add", "action_primary"):
        answer = client.post(f"/accounts/{path}", {action: "", "email": other})
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not EmailAddress.objects.filter(email=other).exists()
    assert User.objects.get(pk=guest.user_id).email == guest.email
