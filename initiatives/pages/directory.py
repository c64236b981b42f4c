"""People and master data as forms offer them: read once a page, addressed by e-mail and code."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.masterdata.models import MasterData
from governance.masterdata.selectors import master_data
from governance.people.models import Membership
from governance.people.selectors import live_memberships, member_by_email
from governance.ui.format import NOTHING

# A longer list is no choice any more: people then type an e-mail address and get proposals.
MOST_OPTIONS = 200
PROPOSALS = 20

PEOPLE_FIELDS = ("owner", "sponsor", "controller", "receiver")
KINDS = {
    "business_unit": "business-units",
    "function": "functions",
    "legal_entity": "legal-entities",
    "forum": "forums",
}


@dataclass(frozen=True, slots=True)
class Directory:
    """Live members (None where they are too many to list) and active rows by field."""

    people: list[Membership] | None = None
    rows: Mapping[str, list[MasterData]] = field(default_factory=dict)


def people_like(texts: Iterable[str]) -> list[Membership]:
    """Live members whose name or e-mail holds one of the texts; a few, with one query."""
    wanted = [text for text in texts if text and text.isprintable()]
    if not wanted:
        return []
    condition = Q(pk__in=[])
    for text in wanted:
        condition |= Q(user__name__icontains=text) | Q(user__email__icontains=text)
    return list(live_memberships().filter(condition)[:PROPOSALS])


def directory_for(fields: Iterable[str]) -> Directory:
    """Read what these fields offer; nothing for fields that only show what they hold."""
    wanted = set(fields)
    people: list[Membership] | None = []
    if wanted & set(PEOPLE_FIELDS):
        people = list(live_memberships()[: MOST_OPTIONS + 1])
        people = people if len(people) <= MOST_OPTIONS else None
    rows = {
        name: list(master_data(kind, only_active=True)[:MOST_OPTIONS])
        for name, kind in KINDS.items()
        if name in wanted
    }
    return Directory(people, rows)


class PersonField(forms.CharField):
    """A member of the tenant, by e-mail; cleaned to the membership, or None."""

    def __init__(
        self, people: list[Membership] | None, current: Membership | None, **kwargs: Any
    ) -> None:
        listed = people or []
        self.known = {person.email.casefold(): person for person in listed}
        self.is_open = people is None
        options = [("", NOTHING), *((person.email, label) for person, label in _labelled(listed))]
        if current is not None and current.email.casefold() not in self.known:
            self.known[current.email.casefold()] = current
            label = f"{current.name} ({_('not a member any more')})" if listed else current.name
            options.append((current.email, label))
        widget: forms.Widget = forms.Select(choices=options)
        if self.is_open:
            widget = forms.EmailInput(attrs={"list": "people", "autocomplete": "off"})
        kwargs.setdefault("required", False)
        super().__init__(widget=widget, max_length=254, **kwargs)

    def clean(self, value: Any) -> Any:
        email = super().clean(value)
        if not email:
            return None
        person = self.known.get(email.casefold())
        if person is not None:
            return person
        try:
            return member_by_email(email, field="person")
        except Invalid as error:
            text = _("%(email)s is not a member of this tenant.") % {"email": email}
            raise ValidationError(text) from error


def _labelled(people: list[Membership]) -> Iterator[tuple[Membership, str]]:
    """People by name; those who share a name by their address too."""
    names = Counter(person.name for person in people)
    for person in people:
        is_alone = names[person.name] == 1
        yield person, person.name if is_alone else f"{person.name} ({person.email})"


class RowField(forms.CharField):
    """An active row of master data, by code; cleaned to the row, or None."""

    def __init__(self, rows: list[MasterData], current: MasterData | None, **kwargs: Any) -> None:
        self.known = {row.code: row for row in rows}
        options = [("", NOTHING), *((row.code, row.name) for row in rows)]
        if current is not None and current.code not in self.known:
            self.known[current.code] = current
            label = current.name if current.is_active else f"{current.name} ({_('inactive')})"
            options.append((current.code, label))
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.Select(choices=options), max_length=30, **kwargs)

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        row = self.known.get(code)
        if row is None:
            raise ValidationError(
                _("%(code)s is not an active entry of this list.") % {"code": code}
            )
        return row
