from __future__ import annotations

from django.db import models


class RestrictionLevel(models.IntegerChoices):
    """The people who may change a dashboard."""

    EVERYONE_IN_PROJECT_CAN_EDIT = 21, "Everyone in the project can edit"
    ONLY_COLLABORATORS_CAN_EDIT = 37, "Only those invited to this dashboard can edit"


class PrivilegeLevel(models.IntegerChoices):
    """The rights of a user on a dashboard."""

    CAN_VIEW = 21, "Can view dashboard"
    CAN_EDIT = 37, "Can edit dashboard"
