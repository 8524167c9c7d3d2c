"""`/dashboards/`: the dashboards of a member's projects, on the page that visitors get too."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, cast

import orjson
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard
from dashboards.selectors.dashboards import DashboardFilters
from dashboards.selectors.read_dashboard import read_dashboard, read_dashboards
from dashboards.selectors.results import Asking
from dashboards.services.dashboards import record_view
from posthog_lite.accounts.selectors import get_project_access, list_projects
from posthog_lite.api.renderers import render_json
from posthog_lite.domain import Missing
from posthog_lite.ids import row_id
from posthog_lite.project_admin.login import limit_attempts
from posthog_lite.query.freshness import BLOCKING
from sharing.page import page_context, read_pause
from sharing.protection import POLICY, protect
from sharing.shared_data import SECONDS_FOR_RESULTS
from themes.read_themes import read_all_themes

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import User

LOGIN = "/login"
MOST_LISTED = 500
# What a page may be looked at for, beside what the dashboard says itself.
RANGES = {
    "-24h": "Last 24 hours",
    "-7d": "Last 7 days",
    "-30d": "Last 30 days",
    "-90d": "Last 90 days",
    "mStart": "This month",
    "yStart": "This year",
    "all": "All time",
}

_sign_in = LoginView.as_view(
    template_name="sharing/login.html", next_page="/dashboards/", redirect_authenticated_user=True
)
sign_out = LogoutView.as_view(next_page=LOGIN)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign a member in; the limits on guessing are those of the admin."""
    return protect(limit_attempts(request, _sign_in), may_be_framed=False)


@require_safe
@login_required(login_url=LOGIN)
def list_own(request: HttpRequest) -> HttpResponse:
    """List the dashboards of one of the member's projects, pinned ones first."""
    user = cast("User", request.user)
    projects = list(list_projects(user=user, key=None).order_by("name", "id"))
    wanted = request.GET.get("project") or "@current"
    access = _access(user, wanted) or (_access(user, str(projects[0].pk)) if projects else None)
    search = request.GET.get("search", "")[:200]
    tags = [tag for tag in request.GET.getlist("tags") if tag]
    filters = DashboardFilters(search=search, tags=tags)
    rows = read_dashboards(access=access, filters=filters)[0:MOST_LISTED] if access else []
    context = {
        "projects": projects,
        "project": access.project if access else None,
        "rows": rows,
        "search": search,
        "tags": tags,
        "color_mode": "system",
    }
    return protect(render(request, "sharing/dashboards.html", context), may_be_framed=False)


@require_safe
@login_required(login_url=LOGIN)
def show_own(request: HttpRequest, dashboard_id: str) -> HttpResponse:
    """Show a dashboard of the member's own projects, over another range of dates where asked."""
    access = _access_to_dashboard(cast("User", request.user), dashboard_id)
    if access is None:
        raise Http404
    chosen = request.GET.get("date_from", "")
    raw = _read(access, row_id(dashboard_id), {"date_from": chosen} if chosen in RANGES else {})
    data: dict[str, Any] = orjson.loads(raw)
    nonce = secrets.token_urlsafe(16)
    mode = request.GET.get("theme")
    context = page_context(project=access.project, data=data, now=timezone.now()) | {
        "ranges": RANGES,
        "chosen_range": chosen,
        "nonce": nonce,
        "is_member": True,
        "color_mode": mode if mode in ("light", "dark") else "system",
        "reload_seconds": read_pause(request.GET.get("refresh", "")),
    }
    response = render(request, "sharing/share.html", context)
    response.headers[POLICY] = f"style-src 'self' 'nonce-{nonce}'"
    return protect(response, may_be_framed=False)


def _read(access: ProjectAccess, dashboard_id: int, filters: dict[str, Any]) -> bytes:
    now = timezone.now()
    try:
        whole = read_dashboard(
            access=access,
            dashboard_id=dashboard_id,
            overrides=Overrides(filters=filters),
            asking=Asking(now, BLOCKING, SECONDS_FOR_RESULTS),
        )
    except Missing as error:
        raise Http404 from error
    record_view(access=access, dashboard_id=whole.row.id, now=now)
    data = {"dashboard": whole.shape(), "themes": list(read_all_themes(access=access))}
    return render_json(data)


def _access_to_dashboard(user: User, dashboard_id: str) -> ProjectAccess | None:
    # The id says which project it is; what the member may see is decided there.
    rows = Dashboard.all_projects.filter(pk=row_id(dashboard_id))
    project_id = rows.values_list("project_id", flat=True).first()
    return None if project_id is None else _access(user, str(project_id))


def _access(user: User, project_id: str) -> ProjectAccess | None:
    """Return the access to a project that the member belongs to."""
    access = get_project_access(user=user, project_id=project_id)
    return access if access is not None and access.level is not None else None
