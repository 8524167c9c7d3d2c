from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Func, Q

from posthog_lite.tenancy.scoping import ProjectOrGlobalModel
from themes.palettes import COLOR_PATTERN, MAX_COLORS, validate_colors

# The same rule as `validate_colors`, in the language of jsonb_path_match.
COLORS_PATH = (
    f'strict $.type() == "array" && $.size() <= {MAX_COLORS} && '
    f'!exists($[*] ? (@.type() != "string" || !(@ like_regex "{COLOR_PATTERN}")))'
)


class DataColorTheme(ProjectOrGlobalModel):
    """The colors of charts, in order. Belongs to one project, or as a global one to all."""

    project = models.ForeignKey(
        "accounts.Project",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: a global theme, which every project sees and only staff may change.",
    )
    name = models.CharField(max_length=100)
    colors = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_colors],
        help_text='In the order of use: ["#1d4aff", "#621da6"].',
    )
    created_at = models.DateTimeField(auto_now_add=True, null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    deleted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="theme_name_not_empty"),
            models.CheckConstraint(
                condition=Func(
                    "colors",
                    template=f"jsonb_path_match(%(expressions)s, '{COLORS_PATH}')",
                    output_field=models.BooleanField(),
                ),
                name="theme_colors_are_colors",
                violation_error_message="Colors must be a list of #rgb or #rrggbb.",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def is_global(self) -> bool:
        return self.project_id is None
