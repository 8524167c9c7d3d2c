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

from posthog_lite.embedded.clickhouse_folder import Endpoint, EngineFolder
from posthog_lite.embedded.clickhouse_http import EngineServer
from posthog_lite.embedded.clickhouse_native import (
    EngineNotInstalled,
    installed_version,
    open_engine,
)

SECONDS_BETWEEN_LOOKS = 0.5
REASON = "REASON: "  # what the starting process tells the operator


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--memory", type=int, required=True, help="bytes the engine may use")
    options = parser.parse_args()
    os.umask(0o077)
    folder = EngineFolder(options.folder)
    if not folder.own():
        refuse(f"The engine folder {folder.path} is in use by another process.")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(folder, memory=options.memory, stop=stop)
    except EngineNotInstalled as error:
        refuse(str(error))
    except (OSError, RuntimeError) as error:
        refuse(f"The embedded ClickHouse in {folder.path} did not start: {error}")


def run(folder: EngineFolder, *, memory: int, stop: threading.Event) -> None:
    """Answer until told to stop, or until no process uses the folder."""
    # The engine's own limit is soft: it may use some hundred megabytes more.
    open_session = open_engine(folder.data, max_server_memory_usage=memory // 2)
    keeper = open_session()  # while one session is open, others cost next to nothing
    server = EngineServer(open_session, folder.password())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder.publish(Endpoint(os.getpid(), server.server_address[1], installed_version()))
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        if folder.try_mutex():
            if not folder.is_used_by_others():
                break
            folder.release_mutex()
    folder.withdraw()
    keeper.close()
    sys.stdout.flush()
    os._exit(0)  # statements that still run are cut short; what was acknowledged is on the disk


def refuse(reason: str) -> None:
    sys.exit(f"{REASON}{reason}")


if __name__ == "__main__":
    main()
