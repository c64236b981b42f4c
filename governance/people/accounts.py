"""How allauth behaves here: nobody signs up by themselves; people are added by an administrator."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


def sign_in_name(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Whose sign-in is counted: the e-mail, folded so that its case opens no second door.

    allauth hands it over as `email`, axes itself as `login`; without it one person's typing errors
    would lock out everybody behind the same address.
    """
    given = credentials or {}
    name = given.get("email") or given.get("login") or request.POST.get("login") or ""
    return str(name).strip().casefold()


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in and password reset only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
