"""The admin as an operator uses it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Permission
from django.test import Client

from tests.factories import UserFactory

if TYPE_CHECKING:
    from django.db.models import Model


def list_address(row: Model | type[Model]) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/"


def page_address(row: Model, page: str = "change") -> str:
    return f"{list_address(row)}{row.pk}/{page}/"


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    content: bytes = answer.content
    return html.unescape(content.decode())


def run_action(operator: Client, name: str, *rows: Model, is_confirmed: bool = True) -> str:
    """Run an action of the list; what the operator sees then."""
    body: dict[str, Any] = {"action": name, "_selected_action": [row.pk for row in rows]}
    if is_confirmed:
        body["confirmed"] = "yes"
    return text_of(operator.post(list_address(rows[0]), body, follow=True))


def save(operator: Client, address: str, **changes: Any) -> Any:
    """Send the form at `address` as a browser would, with these changes."""
    return operator.post(address, form_at(operator, address) | changes)


def form_at(operator: Client, address: str) -> dict[str, Any]:
    """What the form holds when it is opened."""
    answer: Any = operator.get(address)
    form = answer.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in values.items() if value not in (None, False)}
    for formset in answer.context["inline_admin_formsets"]:
        fields |= _management_fields(formset.formset.management_form)
    return fields


def _management_fields(form: Any) -> dict[str, Any]:
    return {form.add_prefix(name): form[name].value() or 0 for name in form.fields}


def errors_of(answer: Any) -> dict[str, str]:
    """What a refused form says of its fields; `__all__` is the form itself."""
    assert answer.status_code == 200, "it was accepted"
    form = answer.context["adminform"].form
    return {name: " ".join(problems) for name, problems in form.errors.items()}


def send_box(operator: Client, row: Model, box: str, does: str, **fields: Any) -> Any:
    """Send a form of a box on the page of a row; the page that comes then."""
    body = {"box": box, "does": does, **fields}
    return operator.post(page_address(row), body, follow=True)


def staff_with(*permissions: str) -> Client:
    """Somebody of the staff who may do these things alone, such as `view_dashboard`, signed in."""
    user = UserFactory.create(is_staff=True)
    found = Permission.objects.filter(codename__in=permissions)
    assert found.count() == len(set(permissions))
    user.user_permissions.set(found)
    client = Client()
    client.force_login(user)
    return client
