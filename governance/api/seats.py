"""`forums/<code>/members/`: seats, and their confirmation by a second member (S6)."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.people import ConfirmationSerializer
from governance.api.serializers import NewSeatSerializer, SeatSerializer, seat_bodies
from governance.masterdata.choices import Seat
from governance.masterdata.models import Forum, ForumMember
from governance.masterdata.selectors import seat_of, seats_of, the_forum
from governance.masterdata.services_seats import (
    forum_member_add,
    forum_member_remove,
    seat_confirm,
    seat_refuse,
)
from governance.people.choices import Permission
from governance.people.selectors import member_by_email, membership_by_id
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of
from governance.web.pages import Order
from governance.web.serializers import ListFilters

BY_SEAT = Order("id", "id")


class ForumApi(ApiView):
    """What the views of seats need."""

    def forum(self, code: str) -> Forum:
        self.actor.require_anywhere(Permission.TREE_VIEW)
        return the_forum(code)

    def seat(self, code: str, person_id: UUID) -> ForumMember:
        return seat_of(self.forum(code), membership_by_id(str(person_id)))


class SeatListView(ForumApi):
    """Who sits in a forum."""

    @extend_schema(
        operation_id="forums_members_list",
        tags=["forums"],
        parameters=[ListFilters],
        responses=page_of(SeatSerializer),
    )
    def get(self, request: Request, tenant_slug: str, code: str) -> Response:
        """A page of seats, in the order they were given."""
        rows = seats_of(self.forum(code))
        given = self.filters(ListFilters)
        return self.page_of(rows, Listing(BY_SEAT, given, seat_bodies))

    @extend_schema(
        operation_id="forums_members_create",
        tags=["forums"],
        request=NewSeatSerializer,
        responses={201: SeatSerializer},
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Give somebody a seat; 409 `seat_taken`, 422 `grant_to_oneself` (S6)."""
        forum = self.forum(code)
        self.actor.require_anywhere(Permission.MASTER_DATA_MANAGE)
        given = self.parsed(NewSeatSerializer)
        member = member_by_email(given["person"], field="person")
        seat = Seat(given.get("seat", Seat.MEMBER))
        row: ForumMember = forum_member_add(
            forum=forum, membership=member, seat=seat, by=self.actor
        )
        return self.answer(*seat_bodies([row]), status=201)


class SeatView(ForumApi):
    """One seat, by the id of the person."""

    @extend_schema(operation_id="forums_members_delete", tags=["forums"], responses={204: None})
    def delete(self, request: Request, tenant_slug: str, code: str, person_id: UUID) -> Response:
        """Take a seat back."""
        forum = self.forum(code)
        self.actor.require_anywhere(Permission.MASTER_DATA_MANAGE)
        member = membership_by_id(str(person_id))
        forum_member_remove(forum=forum, membership=member, by=self.actor)
        return Response(status=204)


class SeatConfirmView(ForumApi):
    """Confirming a pending seat."""

    @extend_schema(
        operation_id="forums_members_confirm",
        tags=["forums"],
        request=ConfirmationSerializer,
        responses=SeatSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str, person_id: UUID) -> Response:
        """Let it count (S6); 403 `segregation_of_duties`, 409 `seat_not_pending`."""
        self.parsed(ConfirmationSerializer)
        row = self.seat(code, person_id)
        row = seat_confirm(forum=row.forum, membership=row.membership, by=self.actor)
        return self.answer(*seat_bodies([row]))


class SeatRefuseView(ForumApi):
    """Refusing a pending seat."""

    @extend_schema(
        operation_id="forums_members_refuse",
        tags=["forums"],
        request=ConfirmationSerializer,
        responses={204: None},
    )
    def post(self, request: Request, tenant_slug: str, code: str, person_id: UUID) -> Response:
        """Turn it down (S6); raises as confirming does."""
        self.parsed(ConfirmationSerializer)
        row = self.seat(code, person_id)
        seat_refuse(forum=row.forum, membership=row.membership, by=self.actor)
        return Response(status=204)
