"""What is told to who keeps numbers, when something changes that they were counted by.

Each is sent with `project`, within the transaction of the change.
"""

from __future__ import annotations

from django.dispatch import Signal

action_changed = Signal()
property_type_changed = Signal()
