"""Runs a command that must not outlive its parent, if need be as a lesser user."""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, signal_number: int) -> None:
    """Ask Linux for a signal at the parent's death; elsewhere the next start cleans up."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)


def become(user_id: int, group_id: int) -> None:
    os.setgroups([])
    os.setgid(group_id)
    os.setuid(user_id)


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.guard")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", default="SIGTERM")
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.user is not None:
        become(options.user, options.group)
    # After the change of user: Linux forgets the request when the user changes.
    die_with_parent(options.parent, signal.Signals[options.signal])
    os.execvp(options.command[0], options.command)  # noqa: S606  # replacing this process is the point


if __name__ == "__main__":
    main()
