from __future__ import annotations

import unicodedata
import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from posthog_lite.accounts.slow_hashes import slow_hash
from posthog_lite.ids import new_distinct_id


class RoleAtOrganization(models.TextChoices):
    ENGINEERING = "engineering", "Engineering"
    DATA = "data", "Data"
    PRODUCT = "product", "Product Management"
    FOUNDER = "founder", "Founder"
    LEADERSHIP = "leadership", "Leadership"
    MARKETING = "marketing", "Marketing"
    SALES = "sales", "Sales / Success"
    OTHER = "other", "Other"


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Return what `manage.py createsuperuser` calls."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=User.spelling_of_login(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail or calls the API with personal keys."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    distinct_id = models.CharField(max_length=200, unique=True, default=new_distinct_id)
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_email_verified = models.BooleanField(null=True, blank=True)
    hedgehog_config = models.JSONField(null=True, blank=True)
    role_at_organization = models.CharField(
        max_length=64, choices=RoleAtOrganization.choices, null=True, blank=True
    )
    is_staff = models.BooleanField(default=False, help_text="May sign in to the admin.")
    is_active = models.BooleanField(default=True, help_text="Off: sign-in and keys stop working.")
    date_joined = models.DateTimeField(default=timezone.now)
    current_organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    current_project = models.ForeignKey(
        "accounts.Project", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lower_case",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def spelling_of_login(name: str) -> str:
        """Return the one spelling of what somebody types to sign in, as forms normalize it."""
        return unicodedata.normalize("NFKC", name).strip().lower()

    def set_password(self, raw_password: str | None) -> None:
        with slow_hash():
            super().set_password(raw_password)

    def check_password(self, raw_password: str) -> bool:
        with slow_hash():
            return super().check_password(raw_password)
