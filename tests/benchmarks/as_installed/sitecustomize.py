"""Hides packages that only tests need from a measured server, which would load them if it could.

Granian and REST framework do. A server that is set up from `requirements.lock` has none of them.
"""

from __future__ import annotations

import sys
from typing import Any

cannot_be_imported: dict[str, Any] = dict.fromkeys(("anyio", "pygments", "requests"))
sys.modules.update(cannot_be_imported)
