"""The filters of the portfolio page: master data and owners as selects where they are few."""

from typing import Any

from django.utils.translation import gettext as _

from governance.masterdata.selectors import master_data
from governance.people.selectors import live_memberships
from initiatives.pages.directory import KINDS, MOST_OPTIONS
from initiatives.pages.filters import select_of
from reporting.pages.asked import Asked, NarrowingForm


def filters_context(asked: Asked, url: str) -> dict[str, Any]:
    """The form, filled with what the address asks for; four queries."""
    given = asked.narrowing.given
    form = NarrowingForm(given)
    form.is_valid()
    for name in form.fields:
        if name in KINDS:
            rows = list(master_data(KINDS[name], only_active=True)[: MOST_OPTIONS + 1])
            select_of(form, name, [(row.code, row.name) for row in rows], _("All"))
    people = list(live_memberships()[: MOST_OPTIONS + 1])
    select_of(form, "owner", [(one.email, one.name) for one in people], _("All owners"))
    kept = {name: word for name, word in asked.given.items() if name not in given}
    return {
        "filters": form,
        "filters_set": len(given),
        "filters_chosen": [
            {
                "label": str(form.fields[name].label),
                "value": _word(form, name, word),
                "url": asked.kept_in(url, **{name: ""}),
            }
            for name, word in given.items()
        ],
        "filters_kept": kept,
        "filters_url": url,
        "filters_reset": asked.kept_in(url, **dict.fromkeys(given, "")),
    }


def _word(form: NarrowingForm, name: str, code: str) -> str:
    """What a code is called, where the form knows."""
    return str(dict(getattr(form.fields[name].widget, "choices", ())).get(code, code))
