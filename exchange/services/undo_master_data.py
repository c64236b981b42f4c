"""Taking imported master data back: new entries go, changed ones become what they were."""

from django.db import IntegrityError, transaction

from exchange.choices import ItemAction, ItemKind
from exchange.models import Import, ImportItem
from governance.errors import Conflict
from governance.masterdata.models import KINDS
from governance.masterdata.services import (
    master_data_delete_unused,
    master_data_rename,
    master_data_set_active,
)
from governance.people.actor import Actor


@transaction.atomic
def undo_master_data(*, run: Import, by: Actor) -> None:
    """Raises `Conflict("built_upon")` where an entry is in use already."""
    model = KINDS[run.options["kind"]]
    items = ImportItem.objects.filter(run=run, kind=ItemKind.MASTER_DATA).order_by("-id")
    for item in items:
        entry = model.objects.get(pk=item.object_id)
        if item.action == ItemAction.CREATED:
            try:
                with transaction.atomic():
                    master_data_delete_unused(row=entry, by=by)
            except IntegrityError as error:
                raise Conflict("built_upon") from error
            continue
        if "name" in item.before:
            entry = master_data_rename(
                row=entry, name=item.before["name"], seen_version=entry.version, by=by
            )
        if "is_active" in item.before:
            master_data_set_active(
                row=entry, is_active=item.before["is_active"], seen_version=entry.version, by=by
            )
