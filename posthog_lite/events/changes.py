"""Signals of changes to definitions that stored numbers were computed with.

Each is sent with `project`, within the transaction of the change.
"""

from __future__ import annotations

from django.dispatch import Signal

action_changed = Signal()
property_type_changed = Signal()
