"""Hides packages that only tests need from a measured server, which would load them if it could.

Granian and REST framework do. A server that is set up from `requirements.lock` has none of them.
"""

from __future__ import annotations

import sys

sys.modules.update(dict.fromkeys(("anyio", "pygments", "requests")))  # type: ignore[arg-type]  # None: cannot be imported
