"""Which language a request of a tenant is answered in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from governance.people.models import User
from governance.tenancy.models import Tenant


def language_for(request: HttpRequest, tenant: Tenant) -> str:
    """The reader's choice by the switch, else of their profile, their browser, their tenant.

    A browser counts only where it names a language that we speak: the tenant's is the better
    guess than English for one that names none.
    """
    user = request.user
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    profile = user.language if isinstance(user, User) else ""
    wanted = [chosen, profile, *_of_browser(request), tenant.language]
    return next((code for code in map(_spoken, wanted) if code), settings.LANGUAGE_CODE)


def _of_browser(request: HttpRequest) -> list[str]:
    named = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return [code for code, _weight in named if code != "*"]


def _spoken(code: str) -> str:
    """Our variant of a language, such as `de` for `de-at`; empty where we do not speak it."""
    try:
        return get_supported_language_variant(code) if code else ""
    except LookupError:
        return ""
