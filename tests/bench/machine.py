"""What the figures were taken on: no names, no paths."""

import os
import platform
from pathlib import Path

import psycopg

SETTINGS = (
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "max_wal_size",
    "max_parallel_workers_per_gather",
    "jit",
)


def facts_of(admin: psycopg.Connection) -> list[tuple[str, str]]:
    """Cores, memory, versions and the settings that matter, as label and value."""
    rows = admin.execute(
        "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)",
        [list(SETTINGS)],
    ).fetchall()
    found = {str(name): str(value) for name, value in rows}
    version = admin.execute("SHOW server_version").fetchone()
    return [
        ("Cores", str(os.cpu_count())),
        ("Memory", f"{memory_gib()} GiB"),
        ("Python", platform.python_version()),
        ("PostgreSQL", str(version[0]) if version else ""),
        *((name, found[name]) for name in SETTINGS if name in found),
    ]


def memory_gib() -> int:
    """Physical memory in whole GiB, 0 where the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return 0
    kib = next(line.split()[1] for line in text.splitlines() if line.startswith("MemTotal:"))
    return round(int(kib) / 1024 / 1024)
