"""Dashboards and everything on them in the Django admin, deleted ones included.

The lists cross projects on purpose: they use `all_projects`, the models' default manager.
"""

from __future__ import annotations

from dashboards.admin.collaborators import CollaboratorAdmin
from dashboards.admin.dashboards import DashboardAdmin
from dashboards.admin.insights import InsightAdmin
from dashboards.admin.tags import TagAdmin
from dashboards.admin.templates import TemplateAdmin
from dashboards.admin.tiles import TileAdmin
from dashboards.admin.variables import VariableAdmin

__all__ = [
    "CollaboratorAdmin",
    "DashboardAdmin",
    "InsightAdmin",
    "TagAdmin",
    "TemplateAdmin",
    "TileAdmin",
    "VariableAdmin",
]
