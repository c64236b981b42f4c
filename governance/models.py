"""All models of the kernel, gathered for Django."""

from governance.audit.models import AuditEvent, AuditSeal
from governance.background.models import FailedTask, ScheduledRun, SystemFailedTask
from governance.calendars.models import CalendarVersion
from governance.events.models import ConsumedEvent, OutboxEvent, WorkerHeartbeat
from governance.kept.models import Favourite, RecentItem
from governance.masterdata.models import BusinessUnit, Forum, ForumMember, Function, LegalEntity
from governance.notifications.models import Mail, NoticeChoice, NoticeHours, Notification
from governance.operations.models import QueueState
from governance.people.models import ApiToken, Membership, User
from governance.permissions.models import NodeGrant
from governance.saved_views.models import PreferredView, SavedView
from governance.tenancy.models import Tenant
from governance.tree.models import CodeCounter, Node
from governance.web.models import IdempotencyKey

__all__ = [
    "ApiToken",
    "AuditEvent",
    "AuditSeal",
    "BusinessUnit",
    "CalendarVersion",
    "CodeCounter",
    "ConsumedEvent",
    "FailedTask",
    "Favourite",
    "Forum",
    "ForumMember",
    "Function",
    "IdempotencyKey",
    "LegalEntity",
    "Mail",
    "Membership",
    "Node",
    "NodeGrant",
    "NoticeChoice",
    "NoticeHours",
    "Notification",
    "OutboxEvent",
    "PreferredView",
    "QueueState",
    "RecentItem",
    "SavedView",
    "ScheduledRun",
    "SystemFailedTask",
    "Tenant",
    "User",
    "WorkerHeartbeat",
]
