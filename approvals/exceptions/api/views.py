"""`exceptions/`: what deviates, with its owner, clock and forced decision (E1, E2)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.exceptions.api.serializers import (
    AssignmentSerializer,
    ExceptionDecisionSerializer,
    ExceptionFilterSerializer,
    ExceptionSerializer,
    NewExceptionSerializer,
    QuestionSerializer,
    VerificationSerializer,
    exception_bodies,
)
from approvals.exceptions.choices import Act
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.pages.sources import in_tab
from approvals.exceptions.registry import subject_named
from approvals.exceptions.selectors import (
    MOST_PRESSING,
    PEOPLE,
    ExceptionFilters,
    exception_by_code,
    exceptions_matching,
)
from approvals.exceptions.services.handling import (
    Option,
    exception_ask,
    exception_assign,
    exception_decide,
    exception_verify,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from approvals.exceptions.standing import standing_of
from governance.errors import Invalid, NotVisible
from governance.people.choices import Permission
from governance.people.selectors import member_by_email
from governance.tree.selectors import node_named
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import ETAG, IF_MATCH, page_of

TAGS = ["exceptions"]
OF_LISTS = {"cursor", "limit", "shown"}
NEW = OpenApiExample(
    "Steel comes late",
    value={
        "subject": "M-000123",
        "title": "Steel comes three weeks late",
        "category": "supply",
        "amount": "250000.00",
        "delay_days": 21,
        "reach": 2,
    },
    request_only=True,
)


class ExceptionListView(ApiView):
    """Exceptions of the places a person sees."""

    @extend_schema(
        operation_id="exceptions_list",
        tags=TAGS,
        parameters=[ExceptionFilterSerializer],
        responses=page_of(ExceptionSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """Exceptions in all states, the most pressing first: by money and urgency."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.filters(ExceptionFilterSerializer)
        wanted = {name: value for name, value in given.items() if name not in OF_LISTS}
        wanted["place"] = node_named(given.get("place", ""), by=self.actor, field="place")
        rows = exceptions_matching(ExceptionFilters(**wanted), by=self.actor)
        if shown := given.get("shown"):
            rows = in_tab(rows, shown, self.actor)
        rows = rows.select_related(*PEOPLE)
        return self.page_of(rows, Listing(MOST_PRESSING, given, exception_bodies))

    @extend_schema(
        operation_id="exceptions_create",
        tags=TAGS,
        request=NewExceptionSerializer,
        responses={201: ExceptionSerializer},
        examples=[NEW],
    )
    def post(self, request: Request, tenant_slug: str) -> Response:
        """Open an exception by hand; its tier is computed from amount, delay and reach (E2)."""
        self.actor.require_anywhere(Permission.TREE_VIEW)
        given = self.parsed(NewExceptionSerializer)
        code = given.pop("subject")
        try:
            subject = subject_named(code, by=self.actor)
        except NotVisible as error:
            text = _("There is no measure or place with the code %(code)s.") % {"code": code}
            raise Invalid({"subject": [text]}) from error
        made = exception_open(draft=ExceptionDraft(subject=subject, **given), by=self.actor)
        address = reverse("api-exception-detail", args=[tenant_slug, made.code])
        row = exception_by_code(made.code, by=self.actor)
        return self.answer(*exception_bodies([row]), status=201, location=address)


class _ExceptionApiView(ApiView):
    """What the views of one exception share."""

    def asked(self, code: str, act: Act) -> GovernanceException:
        """The exception that an address names, for whoever may do this; raises as services do."""
        row = exception_by_code(code, by=self.actor)
        standing_of(row, self.actor).require(act)
        return row

    def shown(self, row: GovernanceException) -> Response:
        """The exception as it is now."""
        return self.answer(*exception_bodies([exception_by_code(row.code, by=self.actor)]))


class ExceptionView(_ExceptionApiView):
    """One exception."""

    @extend_schema(
        operation_id="exceptions_retrieve",
        tags=TAGS,
        parameters=[ETAG],
        responses=ExceptionSerializer,
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """One exception with what was asked, decided and verified."""
        return self.answer(*exception_bodies([exception_by_code(code, by=self.actor)]))


class ExceptionAssignView(_ExceptionApiView):
    """Giving an exception to somebody."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="exceptions_assign",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=AssignmentSerializer,
        responses=ExceptionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Name who answers for it; 403 for others than the office, owners above and the sponsor."""
        row, seen = self.asked(code, Act.ASSIGN), self.seen_version()
        email = self.parsed(AssignmentSerializer)["owner"]
        owner = member_by_email(email, field="owner")
        made = exception_assign(row=row, owner=owner, seen_version=seen, by=self.actor)
        return self.shown(made)


class ExceptionRequestDecisionView(_ExceptionApiView):
    """Asking for the decision of an exception."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="exceptions_request_decision",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=QuestionSerializer,
        responses=ExceptionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """The owner asks, with options; asking again replaces what was asked."""
        row, seen = self.asked(code, Act.ASK), self.seen_version()
        given = self.parsed(QuestionSerializer)
        options = [_option(option) for option in given["options"]]
        made = exception_ask(
            row=row, ask=given["ask"], options=options, seen_version=seen, by=self.actor
        )
        return self.shown(made)


def _option(given: dict[str, Any]) -> Option:
    return Option(given["outcome"], given["text"], given.get("amount"))


class ExceptionDecideView(_ExceptionApiView):
    """Deciding an exception."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="exceptions_decide",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=ExceptionDecisionSerializer,
        responses=ExceptionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Decide in one of seven ways; 403 `segregation_of_duties` for who asked or owns (S1)."""
        row, seen = self.asked(code, Act.DECIDE), self.seen_version()
        given = self.parsed(ExceptionDecisionSerializer)
        return self.shown(exception_decide(row=row, seen_version=seen, by=self.actor, **given))


class ExceptionVerifyView(_ExceptionApiView):
    """Verifying what was decided."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="exceptions_verify",
        tags=TAGS,
        parameters=[IF_MATCH, ETAG],
        request=VerificationSerializer,
        responses=ExceptionSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Say that it has been done; the exception ends with it. Never by its owner (S1)."""
        row, seen = self.asked(code, Act.VERIFY), self.seen_version()
        note = self.parsed(VerificationSerializer).get("note", "")
        return self.shown(exception_verify(row=row, note=note, seen_version=seen, by=self.actor))
