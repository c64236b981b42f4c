"""The embedded server: one per home, private, gone with its last user, healed after a kill."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.binaries import server_user
from local.databases import APP_ROLE, BROKER_DATABASE, DATABASE, MIGRATOR_ROLE
from local.home import Home, RuntimeProblem, read_secrets
from local.postgres import LONGEST_SOCKET_PATH, SOCKET_NAME, SUPERUSER, Server
from local.processes import is_alive
from local.session import Session, hold
from tests.local.homes import eventually, folder_of, new_home, remove, start_python

HOLD_AND_TELL = """
from local.home import home_from
from local.session import hold
session = hold(home_from())
print(session.server.pid_file().process_id, flush=True)
input()
"""

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """One running server for the tests that only look."""
    made = new_home()
    held = hold(made)
    yield held
    held.release()
    remove(made)


def process_id(server: Server) -> int:
    found = server.pid_file()
    assert found is not None
    return found.process_id


def ask(session: Session, query: str, role: str = SUPERUSER) -> tuple[object, ...] | None:
    with psycopg.connect(session.server.address(role, DATABASE)) as connection:
        return connection.execute(query.encode()).fetchone()


def test_two_first_starts_at_once_share_one_server(home: Home) -> None:
    users = [start_python(HOLD_AND_TELL, home) for _ in range(2)]
    numbers = {user.stdout.readline().strip() for user in users if user.stdout}
    assert len(numbers) == 1
    assert numbers != {""}
    for user in users:
        user.communicate("\n")
    assert [user.returncode for user in users] == [0, 0]


def test_the_server_goes_with_its_last_user_and_not_before(home: Home) -> None:
    session = hold(home)
    other = start_python(HOLD_AND_TELL, home)
    assert other.stdout is not None
    other.stdout.readline()
    session.release()
    assert session.server.is_ready()
    other.communicate("\n")
    assert eventually(lambda: not session.server.is_kept())
    assert session.server.pid_file() is None


def test_a_killed_user_lets_the_server_go(home: Home) -> None:
    user = start_python(HOLD_AND_TELL, home)
    assert user.stdout is not None
    number = int(user.stdout.readline())
    user.kill()
    user.communicate()
    assert eventually(lambda: not is_alive(number))


@pytest.mark.parametrize("victim", ["postgres", "keeper"])
def test_a_killed_server_starts_again_with_all_that_was_committed(home: Home, victim: str) -> None:
    session = hold(home)
    with psycopg.connect(session.server.address(MIGRATOR_ROLE, DATABASE)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres = process_id(session.server)
    parent = int(Path(f"/proc/{postgres}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(postgres if victim == "postgres" else parent, signal.SIGKILL)
    assert eventually(lambda: not session.server.is_kept())
    session.release()
    healed = hold(home)
    assert process_id(healed.server) != postgres
    assert ask(healed, "SELECT answer FROM kept", MIGRATOR_ROLE) == (42,)
    healed.release()


def test_a_note_whose_number_belongs_to_a_stranger_does_not_stop_the_start(home: Home) -> None:
    session = hold(home)
    note = session.server.data / "postmaster.pid"
    text = note.read_text()
    session.release()
    assert eventually(lambda: not session.server.is_kept())
    note.write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))
    session = hold(home)
    assert process_id(session.server) != os.getpid()
    assert ask(session, "SELECT 1") == (1,)
    session.release()


def test_a_socket_lock_whose_number_belongs_to_a_stranger_does_not_stop_the_start(
    home: Home,
) -> None:
    """The server's own user must be the stranger: of others it knows that they are none of its."""
    session = hold(home)
    folder = folder_of(session.server)
    session.release()
    assert eventually(lambda: not session.server.is_kept())
    user = server_user()
    identity = {"user": user.user_id, "group": user.group_id} if user.is_other else {}
    with subprocess.Popen(["sleep", "60"], **identity) as stranger:
        try:
            lock = folder / f"{SOCKET_NAME}.lock"
            lock.write_text(f"{stranger.pid}\n{session.server.data}\n0\n5432\n{folder}\n")
            session = hold(home)
            assert ask(session, "SELECT 1") == (1,)
            session.release()
        finally:
            stranger.kill()


def test_a_deep_folder_gets_a_short_socket_that_is_removed(home: Home) -> None:
    deep = Home(home.root / ("d" * 60) / ("e" * 60))
    session = hold(deep)
    folder = folder_of(session.server)
    assert len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
    assert ask(session, "SELECT 1") == (1,)
    session.release()
    assert eventually(lambda: not session.server.is_kept())
    assert not folder.exists()


def test_only_passwords_over_a_private_socket_open_the_server(session: Session) -> None:
    assert ask(session, "SHOW listen_addresses") == ("",)
    assert stat.S_IMODE(folder_of(session.server).stat().st_mode) == 0o700
    assert ask(
        session, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"
    ) == (0,)
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=str(folder_of(session.server)), user=SUPERUSER, dbname=DATABASE)


def test_the_server_never_runs_as_root(session: Session) -> None:
    owner = Path(f"/proc/{process_id(session.server)}").stat().st_uid
    assert owner == server_user().user_id
    assert owner != 0


def test_the_application_has_no_door_to_the_queue_and_adds_nothing_to_the_schema(
    session: Session,
) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(session.server.address(APP_ROLE, BROKER_DATABASE))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema public"):
        ask(session, "CREATE TABLE mine (id int)", APP_ROLE)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="temporary"):
        ask(session, "CREATE TEMPORARY TABLE mine (id int)", APP_ROLE)


def test_secrets_are_made_once_and_are_their_owners_alone(home: Home) -> None:
    first = read_secrets(home)
    assert read_secrets(home) == first
    assert stat.S_IMODE(home.secrets_file.stat().st_mode) == 0o600
    assert len(set(first.values())) == len(first)


def test_data_whose_passwords_are_gone_is_named_and_left_alone(home: Home) -> None:
    server = Server(home)
    server.prepare_data()
    kept = home.secrets_file.read_bytes()
    home.secrets_file.unlink()
    with pytest.raises(RuntimeProblem, match="passwords of the data"):
        hold(home)
    home.secrets_file.write_bytes(kept)
    hold(home).release()


def test_a_home_may_be_moved_with_its_data(home: Home) -> None:
    first = hold(home)
    first.release()
    assert eventually(lambda: not first.server.is_kept())
    moved = home.root.with_name(f"{home.root.name}-moved")
    home.root.rename(moved)
    try:
        second = hold(Home(moved))
        assert ask(second, "SELECT 1") == (1,)
        second.release()
        assert eventually(lambda: not second.server.is_kept())
    finally:
        moved.rename(home.root)


def test_data_of_another_postgresql_is_refused_with_advice(home: Home) -> None:
    server = Server(home)
    server.prepare_data()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(RuntimeProblem, match=r"made by PostgreSQL 17.*TOLLGATE_HOME"):
        hold(home)


def test_a_start_that_was_killed_halfway_is_begun_anew(home: Home) -> None:
    server = Server(home)
    draft = server.storage / "postgres.draft"
    draft.mkdir()
    (draft / "half").touch()
    session = hold(home)
    assert ask(session, "SELECT 1") == (1,)
    assert not draft.exists()
    session.release()
