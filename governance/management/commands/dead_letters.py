"""`manage.py dead_letters`: background work of no tenant that was given up, for operators."""

import getpass
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.background.selectors import scheduled_runs, system_dead_letters
from governance.background.services import system_task_discard, system_task_retry
from governance.management.arguments import refusals_as_command_errors


class Command(BaseCommand):
    help = (
        "Lists background work that belongs to no tenant and was given up, and scheduled work "
        "that fails or is late; retries or discards one of the former. Exit code 1 while there is "
        "any. A tenant's own dead letters are on its page Background work."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--retry", metavar="ID", type=UUID, help="try this one again")
        choice.add_argument("--discard", metavar="ID", type=UUID, help="give this one up for good")
        parser.add_argument("--reason", default="", help="why it is discarded")

    def handle(self, *_args: Any, **options: Any) -> None:
        who = getpass.getuser()
        with refusals_as_command_errors():
            if options["retry"]:
                row = system_task_retry(failed_id=options["retry"], by=who)
                self.stdout.write(f"{row.public_id} {row.task}: tried again within seconds.")
                return
            if options["discard"]:
                row = system_task_discard(
                    failed_id=options["discard"], reason=options["reason"], by=who
                )
                self.stdout.write(f"{row.public_id} {row.task}: discarded.")
                return
        self._list()

    def _list(self) -> None:
        letters = list(system_dead_letters())
        for row in letters:
            self.stdout.write(
                f"{row.public_id} {row.task}: {row.tries} tries from "
                f"{row.first_failed_at:%Y-%m-%d %H:%M:%S} to {row.last_failed_at:%Y-%m-%d %H:%M:%S}"
                f" UTC, {row.get_kind_display()}, {row.exception}"
            )
            self.stdout.write("".join(f"    {line}\n" for line in row.lines.splitlines()))
        troubled = [run for run in scheduled_runs() if run.failures or run.is_late]
        for run in troubled:
            last = f"{run.succeeded_at:%Y-%m-%d %H:%M:%S} UTC" if run.succeeded_at else "never"
            self.stdout.write(
                f"{run.task}: last success {last}, {run.failures} failures in a row since"
            )
        if letters or troubled:
            raise CommandError(f"{len(letters)} dead letters, {len(troubled)} scheduled in trouble")
        self.stdout.write("No dead letters; scheduled work is on time.")
