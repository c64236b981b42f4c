"""Tabs of the measure page: the app that owns the facts registers its panel here."""

from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from governance.people.choices import Permission


@dataclass(frozen=True, slots=True)
class Panel:
    """One tab: its label, the name of its address (tenant, code) and who may open it."""

    label: StrOrPromise
    url_name: str
    position: int
    permission: Permission = Permission.TREE_VIEW


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Add a tab; registering the same address again replaces it."""
    _panels[panel.url_name] = panel


def panels() -> list[Panel]:
    """All tabs in their order."""
    return sorted(_panels.values(), key=lambda panel: panel.position)
