"""Changing one field of a measure in its cell of the list, with HTMX; undone from the toast."""

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.errors import Forbidden, NotVisible, Stale
from governance.web.columns import asked_columns
from governance.web.forms import VersionedForm, refusals_in
from governance.web.rendering import UNPROCESSABLE
from governance.web.requests import TenantRequest
from initiatives.bulk.services.asking import offered_to
from initiatives.models import Measure
from initiatives.pages.columns import INLINE, LABELS
from initiatives.pages.directory import directory_for
from initiatives.pages.frame import measure_url, voids_notice
from initiatives.pages.lists import cell_query, measure_table
from initiatives.pages.measure_forms import measure_field, shown
from initiatives.rules import settable_fields
from initiatives.selectors import hands_at, measure_by_code
from initiatives.services import measure_change


class CellForm(VersionedForm):
    """One field of a measure, and the version that was seen."""

    def __init__(self, data: Any = None, *, measure: Measure, name: str) -> None:
        initial = {"seen_version": measure.version, name: shown(measure, name)}
        super().__init__(data, initial=initial, auto_id=f"in-{measure.code}-%s")
        field = measure_field(name, directory_for([name]), getattr(measure, name))
        field.help_text = ""
        self.fields[name] = field


@require_http_methods(["GET", "HEAD", "POST"])
def measure_cell(request: TenantRequest, tenant_slug: str, code: str, field: str) -> HttpResponse:
    """The form in a cell; saving answers with the row as it is then. Without HTMX: the edit page.

    What is refused is said in the cell, with 422; a measure that somebody else changed meanwhile,
    too, over its current version.
    """
    measure = measure_by_code(code, by=request.actor)
    if field not in INLINE:
        raise NotVisible
    if field not in settable_fields(hands_at(measure, request.actor)):
        raise Forbidden
    if request.method != "POST":
        return _opened(request, measure, field)
    form = CellForm(request.POST, measure=measure, name=field)
    before = shown(measure, field)
    if form.is_valid():
        try:
            with refusals_in(form):
                changed = measure_change(
                    measure=measure,
                    seen_version=form.cleaned_data["seen_version"],
                    fields={field: form.cleaned_data[field]},
                    by=request.actor,
                )
                return _saved(request, changed, field, before)
        except Stale:
            return _stale(request, code, field, form)
    return _form(request, measure, field, form)


def _opened(request: TenantRequest, measure: Measure, field: str) -> HttpResponse:
    """The form, or with `show` the row as it was before the form opened."""
    if "HX-Request" not in request.headers:
        return redirect(measure_url(measure, request.tenant, "measure-edit"))
    if "show" in request.GET:
        return _row(request, measure)
    return _form(request, measure, field, CellForm(measure=measure, name=field))


def _stale(request: TenantRequest, code: str, field: str, typed: CellForm) -> HttpResponse:
    """What was typed, over the measure as it is now."""
    measure = measure_by_code(code, by=request.actor)
    data = {field: typed.data.get(field, ""), "seen_version": str(measure.version)}
    form = CellForm(data, measure=measure, name=field)
    now = shown(measure, field) or _("empty")
    text = _("Somebody changed this measure meanwhile; here it says «%(now)s». Save again?")
    form.add_error(field, text % {"now": now})
    return _form(request, measure, field, form)


def _form(request: TenantRequest, measure: Measure, field: str, form: CellForm) -> HttpResponse:
    context = {
        "measure": measure,
        "field": form[field],
        "form": form,
        "url": _url(request, measure, field),
        "notice": voids_notice(measure),
    }
    status = UNPROCESSABLE if form.errors else 200
    answer = render(request, "initiatives/_cell_form.html", context, status=status)
    answer["HX-Retarget"] = f"#cell-{measure.code}-{field}"
    answer["HX-Reswap"] = "outerHTML"
    return answer


def _saved(request: TenantRequest, measure: Measure, field: str, before: str) -> HttpResponse:
    """The row, and a toast that takes the change back with one more edit."""
    answer = _row(request, measure)
    toast: dict[str, Any] = {
        "text": _("%(code)s: «%(field)s» was saved.")
        % {"code": measure.code, "field": LABELS[field]},
        "tone": "green",
    }
    if before != shown(measure, field) and "undone" not in request.POST:
        toast["action"] = {
            "label": _("Undo"),
            "url": _url(request, measure, field),
            "target": f"#row-{measure.code}",
            "values": {field: before, "seen_version": measure.version, "undone": "1"},
        }
    answer["HX-Trigger"] = json.dumps({"toast": toast})
    return answer


def _row(request: TenantRequest, measure: Measure) -> HttpResponse:
    asked = tuple(name for name in asked_columns(request.GET) if name in LABELS)
    table = measure_table([measure], request, asked=asked, is_editable=True)
    context = {
        "row": table["rows"][0],
        "cell_query": cell_query(asked),
        "may_pick": bool(offered_to(request.actor)),
    }
    return render(request, "initiatives/_measure_row.html", context)


def _url(request: TenantRequest, measure: Measure, field: str) -> str:
    """The cell's address, with the columns that its list shows."""
    url = reverse("initiatives:measure-cell", args=[request.tenant.slug, measure.code, field])
    return f"{url}{cell_query(asked_columns(request.GET))}"
