"""Verdicts and reasons of the access explainer as sentences that people read; pure."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.permissions.places import Place
from governance.permissions.rules_access import Reason, Standing, Verdict, Why
from governance.templatetags.ui import day


def verdict_text(member: Membership, place: Place, verdict: Verdict[NodeGrant]) -> str:
    """Whether somebody sees a place, in one sentence or a few: the first grant and its terms."""
    facts = {"name": member.name, "place": place.code}
    if not verdict.sees:
        return _("%(name)s does not see %(place)s.") % facts
    first = verdict.reasons[0]
    grant = verdict.grants[0]
    facts |= {"role": str(grant.role.label), "node": f"{grant.node.name} ({grant.node.code})"}
    if first.why is Why.GRANTED_HERE and place.is_node:
        text = _("%(name)s sees %(place)s because of the role %(role)s on this very place.")
    elif first.why is Why.GRANTED_HERE:
        text = _("%(name)s sees %(place)s because of the role %(role)s on %(node)s, its package.")
    else:
        text = _(
            "%(name)s sees %(place)s because of the role %(role)s on %(node)s, "
            "which stands above it."
        )
    return f"{text % facts} {grant_text(grant)}"


def grant_text(grant: NodeGrant) -> str:
    """Who granted a role, when and until when."""
    facts = {"granter": grant.granter, "day": day(grant.granted_at)}
    granted = _("Granted by %(granter)s on %(day)s") % facts
    if grant.valid_until is None:
        return _("%(granted)s, without an end date.") % {"granted": granted}
    until = {"granted": granted, "until": day(grant.valid_until)}
    return _("%(granted)s, until %(until)s.") % until


def standing_text(member: Membership, standing: Standing) -> str:
    """Why somebody does not get in at all; empty if they do."""
    if standing is Standing.ENDED and member.ended_at is not None:
        return _("The membership ended on %(day)s.") % {"day": day(member.ended_at)}
    if standing is Standing.RUN_OUT:
        return _("The membership ran out on %(day)s.") % {"day": day(member.valid_until)}
    if standing is Standing.INACTIVE:
        return _("The log-in of this person is switched off.")
    return ""


def lapse_text(member: Membership, standing: Standing, grant: NodeGrant) -> str:
    """Why a grant that stands in the books shows nothing any more."""
    return standing_text(member, standing) or _ran_out(grant)


def reason_text(reason: Reason[NodeGrant], member: Membership, place: Place) -> str:
    """One reason for seeing a place or for not seeing it."""
    if reason.grant is not None:
        return TEXTS[reason.why](reason.grant)
    if reason.why is Why.NO_GRANT:
        facts = {"name": member.name, "place": place.code}
        text = _("No role is granted to %(name)s on %(place)s or on anything above it.")
        return text % facts
    return standing_text(member, Standing(reason.why.value))


def _facts(grant: NodeGrant) -> dict[str, str]:
    return {
        "role": str(grant.role.label),
        "node": f"{grant.node.name} ({grant.node.code})",
        "day": day(grant.valid_until),
    }


def _here(grant: NodeGrant) -> str:
    return f"{_('The role %(role)s on %(node)s reaches it.') % _facts(grant)} {grant_text(grant)}"


def _above(grant: NodeGrant) -> str:
    text = _("The role %(role)s on %(node)s, above it, reaches down to it.") % _facts(grant)
    return f"{text} {grant_text(grant)}"


def _ran_out(grant: NodeGrant) -> str:
    return _("The role %(role)s on %(node)s ran out on %(day)s.") % _facts(grant)


def _below(grant: NodeGrant) -> str:
    text = _("The role %(role)s on %(node)s stands below it and shows only that part.")
    return text % _facts(grant)


def _beside(grant: NodeGrant) -> str:
    text = _("The role %(role)s on %(node)s stands beside it, in another part of the tree.")
    return text % _facts(grant)


TEXTS: dict[Why, Callable[[NodeGrant], str]] = {
    Why.GRANTED_HERE: _here,
    Why.GRANTED_ABOVE: _above,
    Why.GRANT_RAN_OUT: _ran_out,
    Why.GRANTED_BELOW: _below,
    Why.GRANTED_BESIDE: _beside,
}
