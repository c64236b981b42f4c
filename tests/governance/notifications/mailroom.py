"""A mail server on loopback that keeps what it takes, and can refuse or be away."""

import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from governance.notifications.choices import MailState
from governance.notifications.models import Mail
from governance.notifications.rules import Hours
from governance.notifications.services_choices import Asked, notice_wishes_change
from tests.houses import House

HOST = "127.0.0.1"


@dataclass
class Mailroom:
    """Mails as they arrived; `refuses` are addresses that it does not take."""

    port: int
    taken: list[Message] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(email.message_from_bytes(bytes(envelope.content or b""), policy=default))
        return "250 taken"

    @property
    def ids(self) -> list[str]:
        """Message-IDs in the order in which they came."""
        return [message["Message-ID"] for message in self.taken]

    @contextmanager
    def open(self) -> Iterator["Mailroom"]:
        """Take mails for a while."""
        controller = Controller(self, hostname=HOST, port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


def closed_mailroom() -> Mailroom:
    """A mail server that is not there yet, at a port that nobody has."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return Mailroom(probe.getsockname()[1])


def awake(house: House, *names: str) -> None:
    """Let people have no quiet hours, whatever time it is."""
    for name in names:
        by = house.actor(name)
        with house.active():
            asked = Asked({}, Hours(None, None, 7))
            notice_wishes_change(asked=asked, seen_version=1, by=by)


def states(house: House) -> list[str]:
    """Where the mails of the tenant stand, oldest first."""
    with house.active():
        return list(Mail.objects.order_by("id").values_list("state", flat=True))


def make_due(house: House) -> None:
    """Let the waits and claims of all open mails be over."""
    with house.active():
        open_mails = Mail.objects.filter(state__in=[MailState.WAITING, MailState.SENDING])
        open_mails.update(due_at="2026-01-01T00:00:00Z")
