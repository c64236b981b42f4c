"""The decision card: reading a request, voting, stepping back, taking it back, its conditions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from approvals.choices import ConditionState, Outcome, RequestState
from approvals.models import ApprovalCondition, ApprovalRequest
from approvals.registry import handler_of
from approvals.seats import Seat, seat_for
from approvals.selectors import condition_by_id, request_by_id
from approvals.services.conditions import accept_refusal, condition_accept
from approvals.services.recusals import request_recuse
from approvals.services.requests import request_withdraw
from approvals.services.votes import vote_cast
from governance.errors import DomainError
from governance.people.models import Membership
from governance.people.selectors import member_by_email
from governance.ui.parts import Column
from governance.web.forms import seen_version
from governance.web.refusals import TEXTS, refusal_text
from governance.web.requests import TenantRequest
from initiatives.pages.card import Card, card_of, card_url, subject_of, what_follows
from initiatives.pages.directory import directory_for
from initiatives.pages.frame import measure_crumbs
from initiatives.pages.vote_forms import (
    MORE,
    MORE_ROWS,
    SHOWN_IN_FORM,
    ConditionForm,
    RecuseForm,
    VoteForm,
    WithdrawForm,
    refused_in,
)

OK, UNPROCESSABLE = 200, 422
ALL_OUTCOMES = (Outcome.GO, Outcome.CONDITIONAL_GO, Outcome.SEND_BACK, Outcome.HOLD, Outcome.CANCEL)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether this person may vote now: the voice they carry, else why not."""

    seat: Seat | None
    refusal: str
    voice: Membership | None = None
    outcomes: tuple[Outcome, ...] = ()


def standing_of(row: ApprovalRequest, request: TenantRequest) -> Standing:
    """The seat of whoever looks, and the outcomes they may choose."""
    by = request.actor
    if row.state != RequestState.OPEN:
        return Standing(None, _closed_text(row))
    try:
        seat = seat_for(row, by)
    except DomainError as error:
        return Standing(None, refusal_text(error))
    voice = None
    if seat.membership_id != by.membership_id:
        voice = Membership.objects.select_related("user").get(pk=seat.membership_id)
    return Standing(seat, "", voice, _outcomes(row, seat.membership_id))


def _outcomes(row: ApprovalRequest, member: int) -> tuple[Outcome, ...]:
    handler = handler_of(row)
    allowed = set(handler.outcomes(row))
    also = (Outcome.HOLD, Outcome.CANCEL)
    allowed |= {one for one in also if handler.may_also(row, one, member)}
    return tuple(one for one in ALL_OUTCOMES if one in allowed)


def _closed_text(row: ApprovalRequest) -> str:
    code = "already_decided" if row.state == RequestState.DECIDED else row.state
    return str(TEXTS[code])


@require_http_methods(["GET", "HEAD", "POST"])
def gate_request(request: TenantRequest, tenant_slug: str, request_id: UUID) -> HttpResponse:
    """One request to read and, for whom it asks, to vote on; a POST is a vote."""
    row = request_by_id(request_id, by=request.actor)
    standing = standing_of(row, request)
    if request.method != "POST":
        return _card_page(request, row, standing, _form(row, standing))
    form = _form(row, standing, request.POST)
    if MORE in request.POST:
        typed = {name: request.POST.get(name, "") for name in form.fields}
        wider = form.count + MORE_ROWS
        return _card_page(request, row, standing, _form(row, standing, None, typed, wider))
    status = UNPROCESSABLE
    if form.is_valid():
        try:
            vote_cast(request=row, draft=form.draft(_behalf(form)), by=request.actor)
        except SHOWN_IN_FORM as error:
            status = form.refuse(error)
        else:
            now = request_by_id(row.public_id, by=request.actor)
            messages.success(request, what_follows(card_of(now)))
            return redirect(card_url(row, request))
    elif standing.seat is None:
        # Somebody who may not vote is told so first, whatever was typed.
        status = _refused_first(request, row, form)
    return _card_page(request, row, standing, form, status=status)


def _refused_first(request: TenantRequest, row: ApprovalRequest, form: VoteForm) -> int:
    try:
        seat_for(row, request.actor)
    except DomainError as error:
        return form.refuse(error)
    return UNPROCESSABLE


def _behalf(form: VoteForm) -> int | None:
    email = form.cleaned_data["on_behalf_of"]
    return member_by_email(email, field="on_behalf_of").pk if email else None


def _form(
    row: ApprovalRequest,
    standing: Standing,
    data: Any = None,
    typed: dict[str, str] | None = None,
    count: int = 0,
) -> VoteForm:
    """The vote's form; what somebody may not choose is refused by the service, in words."""
    outcomes = standing.outcomes or ALL_OUTCOMES
    conditional = Outcome.CONDITIONAL_GO in outcomes
    initial = {
        "snapshot_hash": row.snapshot_hash,
        "on_behalf_of": standing.voice.email if standing.voice else "",
        **(typed or {}),
    }
    return VoteForm(
        data,
        outcomes=outcomes,
        people=directory_for(["owner"]).people if conditional else [],
        closes=row.transition == "T5",
        initial=initial,
        **({"count": count} if count else {}),
    )


def _card_page(
    request: TenantRequest,
    row: ApprovalRequest,
    standing: Standing,
    form: VoteForm,
    *,
    status: int = OK,
) -> HttpResponse:
    card = card_of(row)
    by = request.actor
    context = {
        "card": card,
        "form": form,
        "standing": standing,
        "shows_form": standing.seat is not None or form.is_bound,
        "is_asker": by.membership_id is not None and row.requested_by_id == by.membership_id,
        "withdraw_refusal": "" if card.is_open else _closed_text(row),
        "columns": _columns(),
        "conditions": [_condition(one, card, request) for one in card.conditions],
        "breadcrumbs": measure_crumbs(card.measure, card.asks, request=request),
    }
    return render(request, "initiatives/gate_request.html", context, status=status)


def _columns() -> dict[str, list[Column]]:
    """Headings of the card's tables."""
    return {
        "changes": [
            Column("where", _("What")),
            Column("how", _("How")),
            Column("before", _("Then")),
            Column("after", _("Now")),
        ],
        "closure": [
            Column("name", _("Effect")),
            Column("claimed", _("Claimed"), numeric=True),
            Column("supported", _("Supported"), numeric=True),
            Column("baseline", _("Current baseline"), numeric=True),
            Column("months", _("Validated months"), numeric=True),
        ],
        "conditions": [
            Column("text", _("Condition")),
            Column("owner", _("Who meets it")),
            Column("due", _("Due on")),
            Column("state", _("State")),
        ],
    }


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition with its state in words, and where it is accepted."""

    condition: ApprovalCondition
    state: str
    tone: str
    accept_url: str


def _condition(row: ApprovalCondition, card: Card, request: TenantRequest) -> ConditionLine:
    state = ConditionState(row.state)
    tones = {ConditionState.OPEN: "amber", ConditionState.MET: "green"}
    me = request.actor.membership_id
    is_mine = state is ConditionState.OPEN and accept_refusal(row, me, card.votes) is None
    return ConditionLine(
        row,
        str(state.label),
        tones.get(state, "red"),
        accept_url(row, request) if is_mine else "",
    )


def accept_url(row: ApprovalCondition, request: TenantRequest) -> str:
    return reverse("initiatives:condition-accept", args=[request.tenant.slug, row.public_id])


@dataclass(frozen=True, slots=True)
class Saying:
    """A short form about a request: its words, and the service that it calls."""

    form: type[forms.Form]
    title: str
    text: str
    label: str
    thanks: str
    say: Callable[[forms.Form], Any]
    version: int | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def recuse(request: TenantRequest, tenant_slug: str, request_id: UUID) -> HttpResponse:
    """Step back from a request one is asked to decide."""
    row = request_by_id(request_id, by=request.actor)

    def say(form: forms.Form) -> None:
        request_recuse(request=row, reason=form.cleaned_data["reason"], by=request.actor)

    saying = Saying(
        RecuseForm,
        _("Step back from this request"),
        _("You will not decide it any more, and leave quorum and bench. It cannot be undone."),
        _("Step back"),
        _("You stepped back from the request."),
        say,
    )
    return _said(request, row, saying)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, request_id: UUID) -> HttpResponse:
    """Take one's own request back (T14)."""
    row = request_by_id(request_id, by=request.actor)

    def say(form: forms.Form) -> None:
        request_withdraw(request=row, comment=form.cleaned_data["comment"], by=request.actor)

    saying = Saying(
        WithdrawForm,
        _("Take the request back"),
        _("Nothing is decided, and the votes cast so far count for nothing."),
        _("Take it back"),
        _("The request was withdrawn."),
        say,
    )
    return _said(request, row, saying)


@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: TenantRequest, tenant_slug: str, condition_id: UUID) -> HttpResponse:
    """Accept a condition as met (T6)."""
    condition = condition_by_id(condition_id, by=request.actor)

    def say(form: forms.Form) -> None:
        condition_accept(
            condition=condition,
            note=form.cleaned_data["note"],
            seen_version=seen_version(request.POST),
            by=request.actor,
        )

    saying = Saying(
        ConditionForm,
        _("Accept a condition as met"),
        condition.text,
        _("It is met"),
        _("The condition was accepted as met."),
        say,
        condition.version,
    )
    return _said(request, condition.request, saying)


def _said(request: TenantRequest, row: ApprovalRequest, saying: Saying) -> HttpResponse:
    """Ask, then say it; a refusal stands in the form, with the status that belongs to it."""
    form = saying.form(request.POST if request.method == "POST" else None)
    status = OK
    if form.is_bound:
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                saying.say(form)
            except SHOWN_IN_FORM as error:
                status = refused_in(form, error)
            else:
                messages.success(request, saying.thanks)
                return redirect(card_url(row, request))
    context = {
        "saying": saying,
        "form": form,
        "url": card_url(row, request),
        "version": saying.version,
        "breadcrumbs": measure_crumbs(subject_of(row), saying.title, request=request),
    }
    return render(request, "initiatives/request_said.html", context, status=status)
