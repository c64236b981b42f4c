"""The tenant `education`: facts of a real agency, brought in by the product's own import."""

from pathlib import Path

from django.db import transaction

from exchange.cost_savings.rules import DEFAULT_PORTFOLIO, METRIC_CODE
from exchange.cost_savings.services import SourceFile, cost_savings_import, digest_of
from exchange.demo.data import read_education, read_people
from exchange.demo.services.accounts import Cast, TenantPlan, tenant_raise
from governance.masterdata.choices import Seat
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.masterdata.services import master_data_create
from governance.masterdata.services_seats import forum_member_add, seat_confirm
from governance.people.choices import Role
from governance.permissions.selectors import system_actor
from governance.permissions.services import role_grant
from governance.tenancy.context import tenant_scope
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings
from initiatives.models import Measure
from initiatives.services import measure_change

SLUG = "education"
# Here people are in charge; everywhere else the file's silence stays visible.
GOVERNED = ("Data Center", "Software License Management")
PLAN = TenantPlan(
    slug=SLUG,
    settings=TenantSettings(
        "US Department of Education", currency="USD", fiscal_year_start=10, language="en"
    ),
    headline_metric=METRIC_CODE,
    source_note=(
        "Source: US Department of Education, IT cost savings reported under PortfolioStat; a work "
        "of the US federal government, in the public domain. Names, ids, dates and amounts are "
        "facts of the source; the people and their roles are invented."
    ),
)


def education_seed(folder: Path) -> bool:
    """Build the tenant from the demo's files; False if it is there already."""
    if Tenant.objects.filter(slug=SLUG).exists():
        return False
    content = (folder / "education.csv").read_bytes()
    with transaction.atomic():
        tenant, cast = tenant_raise(plan=PLAN, people=read_people(folder, SLUG))
        with tenant_scope(tenant.pk):
            by = cast.acting("admin")
            role_grant(membership=cast.accounts["owner"], role=Role.OWNER, node=cast.root, by=by)
            cost_savings_import(
                source=SourceFile("education.csv", digest_of(content), read_education(folder)),
                portfolio=DEFAULT_PORTFOLIO,
                by=system_actor(tenant.pk, Role.PMO, name="Import"),
            )
            _put_in_charge(cast)
    return True


def _put_in_charge(cast: Cast) -> None:
    """Two programs get their people, by the office and by finance, each what is theirs to set."""
    pmo, controller = cast.acting("pmo"), cast.acting("controller")
    board = master_data_create(model=Forum, code="ITSB", name="IT Savings Board", by=pmo)
    sponsor, member = cast.accounts["sponsor"], cast.accounts["member"]
    forum_member_add(forum=board, membership=sponsor, seat=Seat.CHAIR, by=pmo)
    forum_member_add(forum=board, membership=member, seat=Seat.MEMBER, by=pmo)
    seat_confirm(forum=board, membership=member, by=cast.acting("sponsor"))
    fields = {
        "owner": cast.accounts["owner"],
        "sponsor": cast.accounts["sponsor"],
        "forum": board,
        "business_unit": master_data_create(
            model=BusinessUnit, code="OCIO", name="Office of the Chief Information Officer", by=pmo
        ),
        "function": master_data_create(
            model=Function, code="IT", name="Information technology", by=pmo
        ),
        "legal_entity": master_data_create(
            model=LegalEntity, code="ED", name="US Department of Education", by=pmo
        ),
    }
    governed = Measure.objects.filter(package__parent__parent__name__in=GOVERNED)
    for measure in governed.select_related("package").order_by("id"):
        row = measure_change(measure=measure, seen_version=measure.version, fields=fields, by=pmo)
        measure_change(
            measure=row,
            seen_version=row.version,
            fields={"controller": cast.accounts["controller"]},
            by=controller,
        )
