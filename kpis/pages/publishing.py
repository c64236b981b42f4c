"""Reports as they are now or as they were published: the choice in an address (V4)."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.ui.parts import Tab
from kpis.restatements.choices import ReportView

AS = "as"


def chosen_view(query: QueryDict) -> ReportView:
    """What an address asks for, reports as they are now unless it says so; raises `Invalid`."""
    word = query.get(AS, "") or ReportView.CURRENT.value
    if word not in ReportView.values:
        raise Invalid({AS: [_("Choose current or published.")]})
    return ReportView(word)


def with_view(url: str, view: ReportView) -> str:
    """An address that keeps the choice; the usual one needs no word."""
    if view is ReportView.CURRENT:
        return url
    return f"{url}{'&' if '?' in url else '?'}{AS}={view.value}"


def view_tabs(url: str, view: ReportView, *, has_restatements: bool) -> list[Tab]:
    """The choice; nothing to choose where nothing was restated."""
    if not has_restatements and view is ReportView.CURRENT:
        return []
    return [Tab(str(one.label), with_view(url, one), one is view) for one in ReportView]
