"""Django settings, read once from the environment. Each variable is in docs/settings.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers

from posthog_lite import __version__
from posthog_lite.logging import logging_config
from posthog_lite.server.environment import Environment
from posthog_lite.server.local_secret import local_secret_key
from posthog_lite.server.program import ROOT, default_data_dir, env_file

BASE_DIR = ROOT
env = Environment()
env.read_env(env_file())

DATA_DIR = Path(env.str("DATA_DIR", default=str(default_data_dir())))

# -- Security and the outside world --------------------------------------------------------------
SECRET_KEY: str = env.str("SECRET_KEY", default="") or local_secret_key(DATA_DIR)
IS_SECRET_KEY_LOCAL = not env.str("SECRET_KEY", default="")
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOWED_ORIGIN_REGEXES: list[str] = env.list("CORS_ALLOWED_ORIGIN_REGEXES", default=[])
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = [*default_headers, "if-none-match", "x-request-id"]
CORS_EXPOSE_HEADERS = ["etag", "x-request-id"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_COOKIES: bool = env.bool("SECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS = [
    "security.W004",  # HSTS and
    "security.W008",  # the redirect to HTTPS are the proxy's, which holds the certificate
    "security.W012",  # posthog_lite.W002 names the variable for this
    "security.W016",  # and for this
    "security.W018",  # posthog_lite.E003 is an error
    "security.W019",  # the admin frames its own pages
]
TRUST_PROXY_HEADERS: bool = env.bool("TRUST_PROXY_HEADERS", default=False)
if TRUST_PROXY_HEADERS:
    USE_X_FORWARDED_HOST = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Database and cache --------------------------------------------------------------------------
DATABASE_STATEMENT_TIMEOUT: int = env.int("DATABASE_STATEMENT_TIMEOUT", default=30)
DATABASE_POOL_SIZE: int = env.int("DATABASE_POOL_SIZE", default=0)
DATABASES: dict[str, dict[str, Any]] = {
    "default": (
        env.database("DATABASE_URL", engine="posthog_lite.database")
        if env.str("DATABASE_URL", default="")
        else {
            "ENGINE": "posthog_lite.database",
            "NAME": "postgres",
            "EMBEDDED_DIR": str(DATA_DIR / "postgres"),
        }
    )
}
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DATABASE_PREPARED_STATEMENTS: bool = env.bool("DATABASE_PREPARED_STATEMENTS", default=True)
if DATABASE_PREPARED_STATEMENTS:
    # PostgreSQL parses and plans a statement that comes again and again only once.
    options = {"server_side_binding": True, "prepare_threshold": 5}
    DATABASES["default"]["OPTIONS"] = options | DATABASES["default"].get("OPTIONS", {})
# A database on another machine that vanishes without a word is given up within half a minute.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
    **DATABASES["default"].get("OPTIONS", {}),
}
if DATABASE_POOL_SIZE:
    # Of the threads of a process some are always left to answer, also where the database hangs.
    DATABASES["default"]["OPTIONS"]["options"] = (
        f"{DATABASES['default']['OPTIONS'].get('options', '')} "
        f"-c statement_timeout={1000 * DATABASE_STATEMENT_TIMEOUT}"
    ).strip()
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "max_waiting": 60,
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 1,  # then posthog_lite.database looks whether the database is there at all
        "reconnect_timeout": 1,  # then the next request tries; the pool's own pauses would grow
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The table of the default cache is made by a migration of `accounts`.
CACHES = {
    "default": env.shared_cache(
        "CACHE_URL", default="dbcache://posthog_lite_cache?max_entries=10000"
    )
}
# Counters of limits are in the database, or in a cache that counts in one step.
COUNT_IN_CACHE = "redis" in CACHES["default"]["BACKEND"].lower()

# -- Events --------------------------------------------------------------------------------------
# Unset: an embedded ClickHouse, started when it is first needed.
CLICKHOUSE_URL: str = env.str("CLICKHOUSE_URL", default="")
CLICKHOUSE_DATABASE: str = urlsplit(CLICKHOUSE_URL).path.strip("/") or "posthog_lite"
CLICKHOUSE_CLUSTER: str = env.str("CLICKHOUSE_CLUSTER", default="")
CLICKHOUSE_EMBEDDED_DIR = str(DATA_DIR / "clickhouse")
# Whether a process that stored events also moves them to the engine, in a thread of its own.
MOVE_IN_BACKGROUND = True
ENGINE_MEMORY_MB: int = env.int("ENGINE_MEMORY_MB", default=1024)

# -- Watching it ---------------------------------------------------------------------------------
LOG_FORMAT: str = env.str("LOG_FORMAT", default="text" if DEBUG else "json")
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO").upper()
LOGGING = logging_config(form=LOG_FORMAT, level=LOG_LEVEL)
PROMETHEUS_ENABLED: bool = env.bool("PROMETHEUS_ENABLED", default=False)

# -- Application ---------------------------------------------------------------------------------
ROOT_URLCONF = "posthog_lite.urls"
WSGI_APPLICATION = "posthog_lite.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "/admin/"  # where nothing else, or another host, is named
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = [
    "posthog_lite.apps.PostHogLiteConfig",  # before the admin, whose pages it adds its style to
    "django.contrib.admin.apps.SimpleAdminConfig",  # its pages are loaded with the URLs
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "posthog_lite.accounts",
    "posthog_lite.events",
    "posthog_lite.query",
    "themes",
    "dashboards",
    "sharing",
]
MIDDLEWARE = [
    "posthog_lite.api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "posthog_lite.api.transfer.CompressionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "posthog_lite.api.transfer.ConditionalGetMiddleware",
    "posthog_lite.api.middleware.APIMiddleware",
    "posthog_lite.events_api.middleware.SDKMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "posthog_lite.admin_site.middleware.AdminMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Dotted paths, called with `project` and `user` when `manage.py quickstart` makes its demo project.
DEMO_DATA: list[str] = [
    "posthog_lite.events.services.demo.create_demo_events",
    "dashboards.services.demo.create_demo_dashboards",
]

# -- API -----------------------------------------------------------------------------------------
MAX_BODY_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
BODY_TIMEOUT: int = env.int("BODY_TIMEOUT", default=30)
# In each process, as many threads may wait for the rest of a body, and hold a stream open.
MAX_AWAITED_BODIES = 48
# In hand at once, in each process: of bodies, and about that of the objects that are in them.
MAX_BYTES_OF_BODIES = 2 * MAX_BODY_BYTES
MAX_BYTES_OF_OBJECTS = 64 * 1024 * 1024
MAX_OPEN_STREAMS = 32
QUERIES_SIDE_BY_SIDE = 4  # of one process
RATE_LIMIT_ENABLED: bool = env.bool("RATE_LIMIT_ENABLED", default=False)
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "posthog_lite.api.authentication.PersonalAPIKeyAuthentication",
        "posthog_lite.api.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "posthog_lite.api.permissions.ScopePermission",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "posthog_lite.api.parsers.StrictJSONParser",
        "posthog_lite.api.parsers.StrictFormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["posthog_lite.api.renderers.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "posthog_lite.api.renderers.FormatFirst",
    "DEFAULT_THROTTLE_CLASSES": [
        "posthog_lite.api.throttling.BurstThrottle",
        "posthog_lite.api.throttling.SustainedThrottle",
    ],
    "DEFAULT_PAGINATION_CLASS": "posthog_lite.api.pagination.PageOfRows",
    "DEFAULT_SCHEMA_CLASS": "posthog_lite.api.schema.OperationSchema",
    "DEFAULT_METADATA_CLASS": "posthog_lite.api.metadata.PlainMetadata",
    "EXCEPTION_HANDLER": "posthog_lite.api.errors.exception_handler",
    "PAGE_SIZE": 100,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "PostHog Lite API",
    "DESCRIPTION": (
        "PostHog's endpoints for events, people, queries, dashboards and sharing.\n\n"
        "Send a personal API key as `Authorization: Bearer phx_...`. Each operation names the "
        "scopes that the key needs. `/api/projects/` and `/api/environments/` hold the same.\n\n"
        "How it works, what it counts and what differs from PostHog is in the "
        "[manual](/docs/) of this server."
    ),
    "VERSION": __version__,
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/", "description": "This server."}],
    "OAS_VERSION": "3.1.1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "posthog_lite.query_api.schemas.add_queries",
        "posthog_lite.api.schema.hooks.add_shared_components",
        "dashboards.document.name_effective_restriction_level",
        "sharing.schema.leave_out_what_visitors_lack",
        "posthog_lite.api.schema.hooks.spell_out_any",
        "posthog_lite.api.schema.hooks.group_tags",
    ],
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,  # the key is kept by the browser
        "displayRequestDuration": True,
        "validatorUrl": None,  # nothing of the page may ask another host
        "docExpansion": "none",  # of so many operations one looks for a few
        "filter": True,
        "tagsSorter": "alpha",
        "defaultModelsExpandDepth": 0,
    },
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ActionStepMatchingEnum": "posthog_lite.events_api.serializers.action.MATCHINGS",
        "DashboardRestrictionLevel": "dashboards.models.RestrictionLevel",
        "EffectivePrivilegeLevelEnum": "dashboards.models.PrivilegeLevel",
        "DashboardTemplateScopeEnum": "dashboards.models.template.TemplateScope",
        "InsightVariableTypeEnum": "dashboards.models.variable.VariableType",
        "UnlistedDashboardTagEnum": "dashboards.selectors.templates.UNLISTED_TAGS",
    },
    "SCHEMA_PATH_PREFIX": r"/api/(projects|environments|organizations)?",
}

# -- The .env file -------------------------------------------------------------------------------
MISSPELT_VARIABLES = env.misspelt(env_file())  # after the last one that is asked for
