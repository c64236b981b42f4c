"""Keeps the embedded server running for as long as anybody holds a lease, then stops it.

Every user of the server holds a shared lock on one file. The keeper asks for it exclusively and
gets it when the last user is gone, killed ones included: no counting and nothing to leak.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import threading
from pathlib import Path
from types import FrameType

from local.home import Home, open_lock
from local.postgres import Server


def detach() -> None:
    """Leave the starter's session: a Ctrl-C in its terminal is not for the server."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask for a fast shutdown: open transactions roll back, everything committed is kept."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)


def keep(server: Server) -> int:
    """Run the server until the last lease ends or it stops by itself."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop(process)

    def wait_for_last_user() -> None:
        with open_lock(server.home.lease, fcntl.LOCK_EX):
            stop(process)
            gone.wait()

    gone = threading.Event()
    with server.open_log() as log:
        process = server.start_process(log)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        watcher = threading.Thread(target=wait_for_last_user, daemon=True)
        watcher.start()
        code = process.wait()
    server.remove_socket_folder()
    gone.set()
    return code


def main() -> int:
    parser = argparse.ArgumentParser(prog="local.keeper")
    parser.add_argument("home", type=Path)
    parser.add_argument("--careless", action="store_true")
    options = parser.parse_args()
    home = Home(options.home, durable=not options.careless)
    # The lock is taken before leaving, so that the starter finds it held when this call returns.
    with open_lock(home.keeper_lock, fcntl.LOCK_EX):
        detach()
        return keep(Server(home))


if __name__ == "__main__":
    raise SystemExit(main())
