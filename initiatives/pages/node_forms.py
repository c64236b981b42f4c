"""Forms of nodes: name, description, owner, sponsor and planned dates."""

from typing import Any

from django import forms

from governance.tree.models import Node
from initiatives.pages.directory import Directory, PersonField, directory_for
from initiatives.pages.measure_forms import (
    LABELS,
    Section,
    clean_dates,
    content_fields,
    sections_of,
    shown,
)
from initiatives.pages.seen import SeenForm

NODE_FIELDS = ("name", "description", "owner", "sponsor", "planned_start", "planned_end")
PEOPLE = ("owner", "sponsor")


def node_field(name: str, directory: Directory, current: Any = None) -> forms.Field:
    """One field of a node, with whom there is to choose from."""
    if name in PEOPLE:
        return PersonField(directory.people, current, label=LABELS[name])
    field = content_fields()[name]
    if name not in {"planned_start", "planned_end"}:
        field.help_text = ""
    return field


class NodeForm(SeenForm):
    """A node that exists."""

    def __init__(self, data: Any = None, *, node: Node) -> None:
        super().__init__(data, current={name: shown(node, name) for name in NODE_FIELDS})
        directory = directory_for(PEOPLE)
        for name in NODE_FIELDS:
            self.fields[name] = node_field(name, directory, getattr(node, name))
        self.initial["seen_version"] = node.version

    def clean(self) -> dict[str, Any]:
        return clean_dates(self, super().clean() or {})

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)


class NewNodeForm(forms.Form):
    """A node to be; the page knows its level and its parent."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        directory = directory_for(PEOPLE)
        for name in NODE_FIELDS:
            self.fields[name] = node_field(name, directory)

    def clean(self) -> dict[str, Any]:
        return clean_dates(self, super().clean() or {})

    @property
    def sections(self) -> list[Section]:
        return sections_of(self)
