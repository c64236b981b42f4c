"""How allauth behaves here: nobody signs up by themselves; people are added by an administrator."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in and password reset only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
