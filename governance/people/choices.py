"""Roles, rights and kinds of membership: closed lists, shown in the pages from here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody is for a node and everything below it (N3)."""

    EXECUTIVE = "executive", _("Executive")
    SPONSOR = "sponsor", _("Sponsor")
    OWNER = "owner", _("Measure owner")
    CONTROLLER = "controller", _("Controller")
    SECOND_FINANCE = "second_finance", _("Second finance signature")
    HEAD_OF_CONTROLLING = "head_of_controlling", _("Head of controlling")
    PMO = "pmo", _("Transformation office (PMO)")
    FORUM_MEMBER = "forum_member", _("Forum member")
    CONSULTANT = "consultant", _("Consultant")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class Permission(models.TextChoices):
    """`<noun>.<verb>`; roles expand to these in `governance.people.rules`."""

    TREE_VIEW = "tree.view", _("See nodes, measures and values")
    NODE_CREATE = "node.create", _("Create nodes")
    NODE_EDIT = "node.edit", _("Edit nodes")
    NODE_MOVE = "node.move", _("Move nodes and measures")
    NODE_DELETE = "node.delete", _("Delete empty nodes")
    MEASURE_CREATE = "measure.create", _("Create measures")
    MEASURE_EDIT = "measure.edit", _("Edit any measure")
    MEASURE_EDIT_OWN = "measure.edit_own", _("Edit measures one owns")
    MEASURE_SET_JUDGES = "measure.set_judges", _("Set sponsor, forum and organisation of a measure")
    MEASURE_SET_CONTROLLER = "measure.set_controller", _("Set the controller of a measure")
    MEASURE_DELETE = "measure.delete", _("Delete identified measures")
    REPORT_CORRECT = "report.correct", _("Correct the latest status reports of others")
    REPORT_SIGN = "report.sign", _("Sign period reports in the place of a lead")
    VALUE_PLAN = "value.plan", _("Plan the values of any measure")
    VALUE_PLAN_OWN = "value.plan_own", _("Plan the values of measures one owns")
    VALUE_VALIDATE = "value.validate", _("Validate claimed actuals")
    METRIC_MANAGE = "metric.manage", _("Manage metrics")
    RATE_MANAGE = "rate.manage", _("Propose and confirm exchange rates")
    TARGET_MANAGE = "target.manage", _("Propose and approve targets")
    MASTER_DATA_MANAGE = "master_data.manage", _("Manage master data")
    PEOPLE_VIEW = "people.view", _("See people and their roles")
    PEOPLE_MANAGE = "people.manage", _("Add and end memberships")
    ROLE_GRANT = "role.grant", _("Grant and revoke roles")
    TENANT_MANAGE = "tenant.manage", _("Change the tenant's settings")
    VIEW_SHARE = "view.share", _("Share saved views with everybody")
    GOVERNANCE_MANAGE = "governance.manage", _("Change stage models, routes and calendars")
    AUDIT_VIEW = "audit.view", _("Read the audit trail")
    IMPORT_RUN = "import.run", _("Import files")


class RightKind(models.TextChoices):
    """What sort of thing a right allows: where it belongs in an explanation."""

    SEE = "see", _("See")
    CHANGE = "change", _("Change")
    DECIDE = "decide", _("Decide who does what")


class MembershipKind(models.TextChoices):
    """How somebody belongs to a tenant (N2, S7)."""

    INTERNAL = "internal", _("Internal")
    CONSULTANT = "consultant", _("Consultant")


class PersonState(models.TextChoices):
    """Whether somebody belongs to the tenant now."""

    LIVE = "live", _("Members now")
    FORMER = "former", _("Former members")
    ALL = "all", _("Everybody")


class TokenScope(models.TextChoices):
    """What an API token may do at most."""

    READ = "read", _("Read")
    WRITE = "write", _("Write")
