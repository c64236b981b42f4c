"""Handing mails to the mail server, and telling what its refusals mean."""

import smtplib
from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection

from governance.notifications.letters import Letter
from governance.notifications.rules import Fault

Post = Callable[[Letter], None]
PERMANENT = 500


def post(letter: Letter) -> None:
    """Hand one mail to the mail server; raises whatever goes wrong."""
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[letter.to],
        headers={
            "Message-ID": letter.message_id,
            # No machine answers a mail that a machine wrote (RFC 3834).
            "Auto-Submitted": "auto-generated",
            **letter.headers,
        },
        connection=get_connection(),
    )
    message.attach_alternative(letter.html, "text/html")
    message.send()


def fault_of(error: Exception) -> Fault:
    """What an error in sending means for the next try."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Fault.REFUSED if all(code >= PERMANENT for code in codes) else Fault.AWAY
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return Fault.REFUSED if error.smtp_code >= PERMANENT else Fault.AWAY
    return Fault.AWAY if isinstance(error, OSError) else Fault.BROKEN


def said(error: Exception, *, most: int) -> str:
    """The error on one line, with what the server said."""
    parts: list[Any] = [type(error).__name__]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        parts += [f"{code} {_plain(text)}" for code, text in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPResponseException):
        parts.append(f"{error.smtp_code} {_plain(error.smtp_error)}")
    else:
        parts.append(str(error))
    clean = " ".join(": ".join(parts).replace("\x00", "").split())
    return clean[:most]


def _plain(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
