from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dashboards.models import Dashboard, InsightVariable, Tile
from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Action
from sharing.models import Origin
from tests.sharing.moving.making import fill, insight_named, trends
from themes.models import DataColorTheme


def export(project: Project, folder: Path) -> dict[str, str]:
    """Export, and return each file's text by its name below the folder."""
    call_command("export", str(folder), project=project.pk, stdout=StringIO())
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}


def import_(project: Project, folder: Path, **options: bool) -> str:
    out = StringIO()
    call_command("import", str(folder), project=project.pk, stdout=out, **options)
    return out.getvalue()


def test_files_name_things_and_no_ids(project: Project, tmp_path: Path) -> None:
    fill(project)
    files = export(project, tmp_path)
    short_ids = {insight_named(project, name).short_id for name in ("Check-outs", "By country")}
    assert set(files) == {
        "posthog-lite.json",
        "themes/default-theme.json",
        "themes/house-colors.json",
        "variables/country.json",
        "actions/check-out.json",
        "templates/ours.json",
        "dashboards/sales-north.json",
        *(f"insights/{short_id}.json" for short_id in short_ids),
    }
    dashboard = json.loads(files["dashboards/sales-north.json"])
    assert dashboard["theme"] == "house-colors"
    assert dashboard["variables"]["country"]["value"] == "AU"
    assert dashboard["tags"] == ["north", "sales"]
    assert {tile.get("insight") for tile in dashboard["tiles"]} == {None, *short_ids}
    insight = json.loads(files[f"insights/{insight_named(project, 'Check-outs').short_id}.json"])
    assert insight["query"]["source"]["series"][0]["id"] == "check-out"


def test_another_project_becomes_the_same(
    project: Project, other_project: Project, tmp_path: Path
) -> None:
    fill(project)
    before = export(project, tmp_path / "one")
    said = import_(other_project, tmp_path / "one")
    assert "dashboards  1 created" in said
    assert export(other_project, tmp_path / "two") == before

    dashboard = Dashboard.objects.for_project(other_project).get()
    theme = DataColorTheme.objects.for_project(other_project).get(name="House colors")
    assert dashboard.data_color_theme_id == theme.pk
    action = Action.objects.for_project(other_project).get()
    checkouts = insight_named(other_project, "Check-outs")
    assert checkouts.query is not None
    assert checkouts.query["source"]["series"][0]["id"] == action.pk
    variable = InsightVariable.objects.for_project(other_project).get()
    assert dashboard.variables[str(variable.pk)]["value"] == "AU"


def test_a_second_import_changes_nothing_and_makes_nothing(
    project: Project, other_project: Project, tmp_path: Path
) -> None:
    fill(project)
    export(project, tmp_path)
    import_(other_project, tmp_path)
    said = import_(other_project, tmp_path)
    assert "created" not in said
    assert "changed" not in said.replace("unchanged", "")
    assert Tile.objects.for_project(other_project).count() == 3


def test_the_files_win_over_what_was_changed_here(project: Project, tmp_path: Path) -> None:
    dashboard = fill(project)
    export(project, tmp_path)
    Dashboard.objects.for_project(project).update(name="Spoilt", deleted=True)
    Tile.objects.for_project(project).filter(text__isnull=False).update(deleted=True)
    assert "dashboards  1 changed" in import_(project, tmp_path)
    dashboard.refresh_from_db()
    assert (dashboard.name, dashboard.deleted) == ("Sales — north", False)
    bodies = Tile.objects.for_project(project).live().values_list("text__body", flat=True)
    assert "# Hello" in bodies


def test_a_file_keeps_its_name_when_the_dashboard_is_renamed(
    project: Project, tmp_path: Path
) -> None:
    fill(project)
    export(project, tmp_path)
    Dashboard.objects.for_project(project).update(name="Quite another name")
    files = export(project, tmp_path)
    assert '"Quite another name"' in files["dashboards/sales-north.json"]


def test_files_of_what_is_gone_are_removed_and_others_stay(
    project: Project, tmp_path: Path
) -> None:
    fill(project)
    export(project, tmp_path)
    (tmp_path / "README.md").write_text("ours")
    Dashboard.objects.for_project(project).update(deleted=True)
    assert "dashboards/sales-north.json" not in export(project, tmp_path)
    assert (tmp_path / "README.md").read_text() == "ours"


def test_a_folder_of_something_else_is_refused(project: Project, tmp_path: Path) -> None:
    (tmp_path / "letters.json").write_text("{}")
    with pytest.raises(CommandError, match="is not empty and was not written by export"):
        export(project, tmp_path)
    with pytest.raises(CommandError, match="No such file"):
        import_(project, tmp_path)


def test_a_broken_file_is_named_and_nothing_is_written(project: Project, tmp_path: Path) -> None:
    fill(project)
    export(project, tmp_path)
    (tmp_path / "dashboards" / "new.json").write_text("{")
    Dashboard.objects.for_project(project).update(name="Mine")
    with pytest.raises(CommandError, match=r"new\.json is not JSON"):
        import_(project, tmp_path)
    assert Dashboard.objects.for_project(project).get().name == "Mine"


def test_a_dry_run_says_and_does_nothing(
    project: Project, other_project: Project, tmp_path: Path
) -> None:
    fill(project)
    export(project, tmp_path)
    assert "insights    2 created" in import_(other_project, tmp_path, dry_run=True)
    assert not Dashboard.objects.for_project(other_project).exists()
    assert not Origin.objects.for_project(other_project).exists()


def test_a_dry_run_tells_what_would_change_from_what_would_not(
    project: Project, tmp_path: Path
) -> None:
    fill(project)
    export(project, tmp_path)
    said = import_(project, tmp_path, dry_run=True)
    assert "changed" not in said.replace("unchanged", "")
    Dashboard.objects.for_project(project).update(name="Mine")
    assert "dashboards  1 changed" in import_(project, tmp_path, dry_run=True)
    assert Dashboard.objects.for_project(project).get().name == "Mine"


def test_files_by_hand_may_lack_almost_everything(project: Project, tmp_path: Path) -> None:
    export(project, tmp_path)
    for name, told in {
        "insights/mine.json": {"name": "Mine", "query": trends(), "new": "key"},
        "dashboards/mine.json": {"name": "Mine", "tiles": [{"insight": "mine"}, {"text": "Hi"}, 3]},
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(told))
    import_(project, tmp_path)
    tiles = Tile.objects.for_project(project).live()
    assert {(t.insight and t.insight.name, t.text and t.text.body) for t in tiles} == {
        ("Mine", None),
        (None, "Hi"),
    }


def test_what_cannot_be_written_is_said_and_the_rest_is(project: Project, tmp_path: Path) -> None:
    fill(project)
    export(project, tmp_path)
    (tmp_path / "themes" / "bad.json").write_text('{"name": "Bad", "colors": ["red"]}')
    Dashboard.objects.for_project(project).update(name="Spoilt")
    with pytest.raises(SystemExit) as exited:
        import_(project, tmp_path)
    assert exited.value.code == 1
    assert Dashboard.objects.for_project(project).get().name == "Sales — north"
