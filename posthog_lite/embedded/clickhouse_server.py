"""The process that owns an engine folder and answers on this machine until nobody uses it.

Started by `posthog_lite.embedded.clickhouse`; it loads nothing of the rest of the application.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from posthog_lite.embedded.clickhouse_folder import (
    Endpoint,
    engine_password,
    publish_endpoint,
    withdraw_endpoint,
)
from posthog_lite.embedded.clickhouse_http import EngineServer
from posthog_lite.embedded.clickhouse_native import (
    EngineNotInstalled,
    installed_version,
    open_engine,
)
from posthog_lite.embedded.folder_lock import (
    MUTEX,
    SERVER,
    USERS,
    open_lock_file,
    try_lock,
    unlock,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from posthog_lite.embedded.clickhouse_native import Session

SECONDS_BETWEEN_LOOKS = 0.5
REASON = "REASON: "  # begins what the starting process tells the operator


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--memory", type=int, required=True, help="bytes the engine may use")
    parser.add_argument("--uid", type=int, help="whom to become, started by root")
    parser.add_argument("--gid", type=int)
    options = parser.parse_args()
    os.umask(0o077)
    lock_file = open_lock_file(options.folder)
    if not try_lock(lock_file, SERVER):
        refuse(f"The engine folder {options.folder} is in use by another process.")
    try:
        # The engine's own limit is soft: it may use some hundred megabytes more.
        open_session = open_engine(
            options.folder / "data", max_server_memory_usage=options.memory // 2
        )
        if options.uid is not None:  # now that our program is loaded, which they may not read
            become(options.uid, options.gid)
        run(options.folder, lock_file, open_session)
    except EngineNotInstalled as error:
        refuse(str(error))
    except (OSError, RuntimeError) as error:
        refuse(f"The embedded ClickHouse in {options.folder} did not start: {error}")


def become(uid: int, gid: int) -> None:
    """Go on as the owner of the folder: what we write is theirs."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def run(folder: Path, lock_file: int, open_session: Callable[[], Session]) -> None:
    """Answer until told to stop, or until no process uses the folder."""
    keeper = open_session()  # while one session is open, others cost next to nothing
    stop = _told_to_stop()
    server = EngineServer(open_session, engine_password(folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    publish_endpoint(folder, Endpoint(os.getpid(), server.server_address[1], installed_version()))
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        if _is_abandoned(lock_file):
            break
    withdraw_endpoint(folder)
    keeper.close()
    os._exit(0)  # statements that still run are cut short; what was acknowledged is on the disk


def _told_to_stop() -> threading.Event:
    """Set when a stop signal comes. The engine, which was loaded before, had actions of its own."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # The process that started us held them.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    return stop


def _is_abandoned(lock_file: int) -> bool:
    """Return whether nobody uses the folder. If so nobody can join any more: the locks are kept."""
    if not try_lock(lock_file, MUTEX):
        return False
    if try_lock(lock_file, USERS):
        return True
    unlock(lock_file, MUTEX)
    return False


def refuse(reason: str) -> None:
    sys.exit(f"{REASON}{reason}")


if __name__ == "__main__":
    main()
