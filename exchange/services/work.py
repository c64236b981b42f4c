"""What a worker does with an import, by its state; safe to run twice and side by side."""

import logging

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone, translation
from psycopg.errors import ForeignKeyViolation

from exchange.choices import ImportState
from exchange.models import Import
from exchange.selectors import silent_imports
from exchange.services.applying import import_write
from exchange.services.checking import import_check
from exchange.services.progress import Teller
from exchange.services.reading import import_read
from exchange.services.undoing import import_take_back
from exchange.services.uploads import call_worker
from governance.errors import Conflict, DomainError
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from governance.tenancy.aside import Aside
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

log = logging.getLogger(__name__)

# Where an import goes back to when it could not be written or taken back.
BEFORE = {ImportState.APPLYING: ImportState.CHECKED, ImportState.UNDOING: ImportState.APPLIED}


def import_work(tenant_id: int, public_id: str, *, has_aside: bool = True) -> None:
    """Do what an import waits for. What goes wrong for good is kept on it, in words.

    A lost database is left to the next worker. `has_aside` opens the second connection for
    progress; without it all happens in the caller's transaction.
    """
    with tenant_transaction(tenant_id):
        run: Import | None = Import.objects.filter(public_id=public_id).first()
        if run is None or not run.known_state.is_working:
            return
        by = _actor(run)
        tenant = Tenant.objects.get(pk=tenant_id)
    with translation.override(tenant.language), timezone.override(tenant.time_zone):
        if by is None:
            _give_up(run, Conflict("membership_ended"))
        elif run.state == ImportState.READING:
            import_read(run=run, by=by)
        elif run.state == ImportState.CHECKING:
            import_check(run=run, by=by)
        elif has_aside:
            with Aside(tenant_id) as aside:
                _write(run, Teller(run, aside), by)
        else:
            _write(run, Teller(run), by)


def _actor(run: Import) -> Actor | None:
    """Who asked, with the rights they have now; None once they have left."""
    asked = run.created_by_id
    if run.state in BEFORE:
        asked = run.applied_by_id or run.created_by_id
    member = Membership.objects.select_related("user").filter(pk=asked).first()
    return actor_for(member, via="worker") if member is not None and member.is_live else None


def _write(run: Import, teller: Teller, by: Actor) -> None:
    does = import_write if run.state == ImportState.APPLYING else import_take_back
    try:
        with tenant_transaction(run.tenant_id):
            does(run=run, teller=teller, by=by)
    except OperationalError:
        raise
    except DomainError as error:
        _give_up(run, error)
    except IntegrityError as error:
        if not isinstance(error.__cause__, ForeignKeyViolation):
            _give_up(run, Conflict("import_failed"))
            raise
        # A place or an entry was deleted, or used, while this was under way.
        is_import = run.state == ImportState.APPLYING
        _give_up(run, Conflict("changed_meanwhile" if is_import else "built_upon"))
    except Exception:
        _give_up(run, Conflict("import_failed"))
        raise


def _give_up(run: Import, error: DomainError) -> None:
    """Back to where it was, with the reason; what changed meanwhile is checked anew at once."""
    with tenant_transaction(run.tenant_id), transaction.atomic():
        row = Import.objects.lock().get(pk=run.pk)
        if row.state not in BEFORE and not row.known_state.is_working:
            return
        row.failure = {
            "code": error.code,
            "errors": {str(at): [str(text) for text in said] for at, said in error.errors.items()},
        }
        row.state = BEFORE.get(row.known_state, ImportState.FAILED)
        if error.code == "changed_meanwhile":
            row.state, row.staged = ImportState.CHECKING, 0
        row.touched().save()
        if row.known_state.is_working:
            call_worker(row)
    log.warning("import %s gave up: %s", run.public_id, error.code)


def imports_resume(tenant_id: int) -> int:
    """Call a worker for imports whose worker has been silent; how many there were."""
    with tenant_transaction(tenant_id):
        runs = list(silent_imports().select_for_update(skip_locked=True, of=("self",)))
        for run in runs:
            call_worker(run)
    return len(runs)
