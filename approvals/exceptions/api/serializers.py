"""Exceptions as the API shows and takes them; an amount is text."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from approvals.exceptions.choices import (
    Category,
    ExceptionOutcome,
    ExceptionSource,
    ExceptionState,
    Tier,
)
from approvals.exceptions.labels import headline
from approvals.exceptions.models import TITLE_LENGTH, GovernanceException
from approvals.exceptions.selectors import subject_names
from approvals.exceptions.services.handling import OPTION_LENGTH
from approvals.exceptions.services.opening import MONEY_DECIMALS, MOST_DAYS, MOST_REACH
from approvals.texts import TEXT_LENGTH
from governance.audit.rules import plain
from governance.people.models import Membership
from governance.ui.amounts import AMOUNT_LENGTH
from governance.web.serializers import (
    EMAIL_LENGTH,
    CodeField,
    InstantField,
    ListFilters,
    PersonSerializer,
    StrictSerializer,
    TextField,
)


class OptionSerializer(serializers.Serializer[Any]):
    """One way out that the owner offers."""

    outcome = serializers.ChoiceField(ExceptionOutcome.choices)
    text = serializers.CharField()
    amount = serializers.CharField(allow_null=True)


class ExceptionSerializer(serializers.Serializer[Any]):
    """Something that deviates and waits for a decision (E1)."""

    code = serializers.CharField()
    title = serializers.CharField(help_text="As it was opened by hand, else what opened it.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's name
        ExceptionSource.choices
    )
    subject_type = serializers.CharField()
    subject = serializers.CharField(help_text="Code of what it is about.")
    subject_name = serializers.CharField()
    place = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    tier = serializers.ChoiceField(Tier.choices)
    climbs = serializers.IntegerField(help_text="How often it climbed unanswered (E2).")
    state = serializers.ChoiceField(ExceptionState.choices)
    owner = PersonSerializer(allow_null=True)
    description = serializers.CharField()
    details = serializers.DictField(help_text="What the product knows of the cause.")
    amount = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    delay_days = serializers.IntegerField()
    reach = serializers.IntegerField()
    opened_at = InstantField()
    opened_by = PersonSerializer(allow_null=True)
    due_at = InstantField()
    ask = serializers.CharField(help_text="The decision asked for; empty before.")
    options = OptionSerializer(many=True)
    asked_by = PersonSerializer(allow_null=True)
    asked_at = InstantField(allow_null=True)
    outcome = serializers.ChoiceField(ExceptionOutcome.choices, allow_null=True)
    rationale = serializers.CharField()
    decided_by = PersonSerializer(allow_null=True)
    decided_at = InstantField(allow_null=True)
    verified_by = PersonSerializer(allow_null=True)
    verified_at = InstantField(allow_null=True)
    verification = serializers.CharField()
    closed_at = InstantField(allow_null=True)
    cause_gone_at = InstantField(
        allow_null=True, help_text="When its cause had gone; nothing closes by that."
    )
    version = serializers.IntegerField(min_value=1)


class NewExceptionSerializer(StrictSerializer):
    """An exception to be opened by hand."""

    shown_as = ExceptionSerializer

    subject = CodeField(help_text="Code of a measure or a place.")
    title = TextField(max_length=TITLE_LENGTH)
    description = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    category = serializers.ChoiceField(Category.choices)
    amount = TextField(
        required=False,
        allow_null=True,
        max_length=AMOUNT_LENGTH,
        help_text="As text, such as 250000.00, in the tenant's currency.",
    )
    delay_days = serializers.IntegerField(required=False, min_value=0, max_value=MOST_DAYS)
    reach = serializers.IntegerField(required=False, min_value=1, max_value=MOST_REACH)


class AssignmentSerializer(StrictSerializer):
    """Who owns an exception."""

    owner = serializers.EmailField(max_length=EMAIL_LENGTH)


class NewOptionSerializer(StrictSerializer):
    """One way out."""

    outcome = serializers.ChoiceField(ExceptionOutcome.choices)
    text = TextField(max_length=OPTION_LENGTH)
    amount = TextField(required=False, allow_null=True, max_length=AMOUNT_LENGTH)


class QuestionSerializer(StrictSerializer):
    """What is to be decided, and the ways out."""

    ask = TextField(max_length=TEXT_LENGTH)
    options = NewOptionSerializer(many=True)


class ExceptionDecisionSerializer(StrictSerializer):
    """One of the seven outcomes, and why."""

    outcome = serializers.ChoiceField(ExceptionOutcome.choices)
    rationale = TextField(max_length=TEXT_LENGTH)


class VerificationSerializer(StrictSerializer):
    """What somebody has seen of what was decided."""

    note = TextField(required=False, allow_blank=True, max_length=TEXT_LENGTH)


class ExceptionFilterSerializer(ListFilters):
    """What the list of exceptions is narrowed to."""

    place = CodeField(required=False, help_text="This place and all below it.")
    subject = CodeField(required=False, help_text="Code of what they are about.")
    owner = serializers.EmailField(required=False, max_length=EMAIL_LENGTH)
    state = serializers.ChoiceField(ExceptionState.choices, required=False)
    tier = serializers.ChoiceField(Tier.choices, required=False)
    category = serializers.ChoiceField(Category.choices, required=False)
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field's name
        ExceptionSource.choices, required=False
    )
    shown = serializers.ChoiceField(
        ["mine", "open", "overdue", "closed"],
        required=False,
        help_text="As the tabs of the page; all where it is left out.",
    )


def exception_bodies(rows: Sequence[GovernanceException]) -> list[dict[str, Any]]:
    """Representations of `ExceptionSerializer`; one query for each kind of subject."""
    names = subject_names(rows)
    return [_body(row, names.get((row.subject_type, row.subject_id), "")) for row in rows]


def _body(row: GovernanceException, name: str) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": headline(row.source, row.title),
        "source": row.source,
        "subject_type": row.subject_type,
        "subject": row.subject_code,
        "subject_name": name,
        "place": row.place.code,
        "category": row.category,
        "tier": row.tier,
        "climbs": row.climbs,
        "state": row.state,
        "owner": _person(row.owner),
        "description": row.description,
        "details": row.details,
        "amount": _amount(row.amount),
        "currency": row.currency,
        "delay_days": row.delay_days,
        "reach": row.reach,
        "opened_at": plain(row.opened_at),
        "opened_by": _person(row.opened_by),
        "due_at": plain(row.due_at),
        **_ending(row),
        "version": row.version,
    }


def _ending(row: GovernanceException) -> dict[str, Any]:
    """What was asked, decided and verified of it so far."""
    return {
        "ask": row.ask,
        "options": row.options,
        "asked_by": _person(row.asked_by),
        "asked_at": _instant(row.asked_at),
        "outcome": row.outcome or None,
        "rationale": row.rationale,
        "decided_by": _person(row.decided_by),
        "decided_at": _instant(row.decided_at),
        "verified_by": _person(row.verified_by),
        "verified_at": _instant(row.verified_at),
        "verification": row.verification,
        "closed_at": _instant(row.closed_at),
        "cause_gone_at": _instant(row.cause_gone_at),
    }


def _person(member: Membership | None) -> dict[str, str] | None:
    return None if member is None else {"email": member.email, "name": member.name}


def _instant(at: Any) -> Any:
    return None if at is None else plain(at)


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.{MONEY_DECIMALS}f}"
