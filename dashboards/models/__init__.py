from __future__ import annotations

from dashboards.models.collaborator import DashboardCollaborator
from dashboards.models.dashboard import CreationMode, Dashboard, DashboardView
from dashboards.models.insight import Insight, InsightView
from dashboards.models.levels import PrivilegeLevel, RestrictionLevel
from dashboards.models.tag import Tag
from dashboards.models.template import DashboardTemplate
from dashboards.models.text import Text
from dashboards.models.tile import Tile
from dashboards.models.variable import InsightVariable

__all__ = [
    "CreationMode",
    "Dashboard",
    "DashboardCollaborator",
    "DashboardTemplate",
    "DashboardView",
    "Insight",
    "InsightVariable",
    "InsightView",
    "PrivilegeLevel",
    "RestrictionLevel",
    "Tag",
    "Text",
    "Tile",
]
