"""`/dashboards/`: the dashboards of a member's projects, on the page that visitors get too."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard
from dashboards.selectors.dashboards import DashboardFilters
from dashboards.selectors.read_dashboard import read_dashboards
from dashboards.selectors.read_insight import read_insight
from posthog_lite.accounts.selectors import get_project_access, list_projects
from posthog_lite.domain import Missing
from posthog_lite.ids import row_id
from posthog_lite.project_admin.login import limit_attempts
from sharing.card_answers import answer_card, downloads
from sharing.choices import filters_in_words, list_choices, parameters, read_chosen
from sharing.contents import asking, read_own
from sharing.dates import range_form, read_dates
from sharing.page import make_page, page_response, read_wishes
from sharing.protection import protect

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import User
    from sharing.dates import Dates

LOGIN = "/login"
MOST_LISTED = 500

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
    search = request.GET.get("search", "").replace("\0", "")[:200]
    tags = [tag for tag in request.GET.getlist("tags") if tag and "\0" not in tag]
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
def show_own(request: HttpRequest, dashboard_id: str, ending: str = "") -> HttpResponseBase:
    """Show a dashboard of the member's own projects, over other dates and values where asked.

    With `.csv` or `.json` the result of one card.
    """
    access = _access_to_dashboard(cast("User", request.user), dashboard_id)
    if access is None:
        raise Http404
    dates = read_dates(request.GET)
    overrides = Overrides(filters=dates.filters, variables=read_chosen(request.GET, access.project))
    response: HttpResponseBase
    if ending:
        response = answer_card(
            dates, lambda: _card(request, access, dashboard_id, overrides), ending
        )
    else:
        response = _page(request, access, dashboard_id, dates, overrides)
    return protect(response, may_be_framed=False)


def _page(
    request: HttpRequest, access: ProjectAccess, pk: str, dates: Dates, overrides: Overrides
) -> HttpResponseBase:
    now = timezone.now()
    try:
        contents = read_own(access=access, dashboard_id=row_id(pk), overrides=overrides, now=now)
    except Missing as error:
        raise Http404 from error
    dashboard, chosen = contents.head["dashboard"], parameters(request.GET)
    context = read_wishes(request) | {
        "is_member": True,
        "range": range_form(request.GET, dates, more=chosen),
        "choices": list_choices(
            project=access.project,
            queries=[slot.query for slot in contents.slots],
            values=dashboard["variables"],
        ),
        "filter_words": filters_in_words(dashboard["filters"]),
        "downloads": downloads(request, dates.query | chosen),
    }
    return page_response(
        request,
        make_page(
            project=access.project, contents=contents, now=now, context=context, has_island=False
        ),
    )


def _card(
    request: HttpRequest, access: ProjectAccess, pk: str, overrides: Overrides
) -> dict[str, Any]:
    found = read_insight(
        access=access,
        lookup=row_id(request.GET.get("insight", "")),
        overrides=overrides,
        dashboard_id=row_id(pk),
        asking=asking(timezone.now()),
    )
    return found.shape


def _access_to_dashboard(user: User, dashboard_id: str) -> ProjectAccess | None:
    # The id says which project it is; what the member may see is decided there.
    rows = Dashboard.all_projects.filter(pk=row_id(dashboard_id))
    project_id = rows.values_list("project_id", flat=True).first()
    return None if project_id is None else _access(user, str(project_id))


def _access(user: User, project_id: str) -> ProjectAccess | None:
    """Return the access to a project that the member belongs to."""
    access = get_project_access(user=user, project_id=project_id)
    return access if access is not None and access.level is not None else None
