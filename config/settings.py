"""Django's settings, all from the environment (see `config.env` and `.env.example`)."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.broker import broker_settings
from config.database import database_settings, parse_database_url
from config.env import read_env
from config.mail import mail_settings
from config.metrics import share_counters

ENV = read_env()
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins
PUBLIC_URL = ENV.public_url
TOLLGATE_HOME = ENV.home
TOLLGATE_DEMO = ENV.is_demo
DEMO_DATA = BASE_DIR / "local" / "demo"
DATABASE_ROLE = ENV.database_role
APP_DATABASE_ROLE = parse_database_url(ENV.database_url, pooled=False)["USER"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "allauth",
    "allauth.account",
    "axes",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "governance",
    "approvals",
    "initiatives",
    "kpis",
    "exchange",
    "reporting",
]

MIDDLEWARE = [
    "governance.web.middleware.RequestIdMiddleware",
    "governance.web.timing.RequestTimes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "governance.web.middleware.TenantMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

_LOADERS = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
_CACHED = [("django.template.loaders.cached.Loader", _LOADERS)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.web.context.chrome",
            ],
            "loaders": [("template_partials.loader.Loader", _LOADERS if DEBUG else _CACHED)],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

DATABASES = {"default": database_settings(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_REDIS_CACHE = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": ENV.redis_url,
    "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
}
_DATABASE_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache_entry",
    # Beyond so many the oldest names are dropped, counters of calls among them.
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
CACHES = {"default": _REDIS_CACHE if ENV.redis_url else _DATABASE_CACHE}

AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "governance.people.accounts.ClosedSignupAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Axes alone throttles log-in; allauth's own limit would count the same failures a second time.
ACCOUNT_RATE_LIMITS = {"login_failed": False, "login": False, "reset_password": "20/m/ip,5/m/key"}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "governance.people.accounts.sign_in_name"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # its backend ignores end dates; governance.permissions resolves grants
    "auth.W004",  # e-mail is unique by a constraint on its lower case
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.is_https
CSRF_FAILURE_VIEW = "governance.web.errors.csrf_failure"
SECURE_SSL_REDIRECT = ENV.is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.is_https else None
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if ENV.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.is_https
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# A spreadsheet arrives through its own upload path; an ordinary body is never this large.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
IMPORT_MAX_BYTES = ENV.import_max_megabytes * 1_000_000
# Documents lie beside everything else that this installation keeps, never below the web root.
DOCUMENTS_ROOT = TOLLGATE_HOME / "documents"
DOCUMENT_MAX_BYTES = ENV.document_max_megabytes * 1_000_000
FILE_UPLOAD_HANDLERS = [
    "governance.web.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Lists up to this many rows are written while somebody waits; longer ones by a worker.
EXPORT_ROWS_AT_ONCE = 5_000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
# The switch of languages is remembered, and says nothing but `en` or `de`.
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ENV.is_https
TIME_ZONE = "UTC"
USE_I18N = USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "assets" / "dist"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    if not DEBUG
    else {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["governance.web.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["governance.web.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "governance.web.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}
API_CALLS_PER_MINUTE = 1200
SPECTACULAR_SETTINGS = {
    "TITLE": "Tollgate",
    "DESCRIPTION": "Initiative governance: measures, stage gates and value confirmed by finance.",
    "VERSION": "1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1/tenants/\{tenant_slug\}",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MembershipKindEnum": "governance.people.choices.MembershipKind",
        "RoleEnum": "governance.people.choices.Role",
        "EffectKindEnum": "kpis.choices.EffectKind",
        "EffectClassEnum": "kpis.choices.EffectClass",
        "LightNameEnum": "kpis.figures.choices.LightName",
        "LampEnum": "kpis.figures.choices.Lamp",
        "StatedLampEnum": "kpis.figures.choices.STATED_CHOICES",
        "ReportLightEnum": "initiatives.choices.Light",
        "ReportRhythmEnum": "initiatives.rhythm.choices.ReportRhythm",
        "KpiRhythmEnum": "kpis.indicators.choices.Rhythm",
        "KpiKindEnum": "kpis.indicators.choices.KpiKind",
        "TargetKindEnum": "kpis.targets.choices.TARGET_KIND_CHOICES",
        "ProposalStateEnum": "kpis.choices.ProposalState",
        "RateKindEnum": "kpis.rates.choices.RateKind",
        "RateStateEnum": "kpis.rates.choices.RateState",
        "PeriodStateEnum": "kpis.periods.choices.PeriodState",
        "MonthStateEnum": "kpis.actuals.choices.MonthState",
        "DocumentKindEnum": "initiatives.documents.choices.DocumentKind",
        "StageEnum": "initiatives.choices.Stage",
        "OverlayEnum": "initiatives.choices.Overlay",
        "ShownOverlayEnum": "initiatives.choices.ShownOverlay",
        "DecisionOutcomeEnum": "approvals.choices.Outcome",
        "EscalationTierEnum": "approvals.escalations.choices.Tier",
        "ExceptionTierEnum": "approvals.exceptions.choices.Tier",
        "ExceptionOutcomeEnum": "approvals.exceptions.choices.ExceptionOutcome",
        "ExceptionStateEnum": "approvals.exceptions.choices.ExceptionState",
        "ExceptionSourceEnum": "approvals.exceptions.choices.ExceptionSource",
        "ValidationOutcomeEnum": "kpis.actuals.choices.Outcome",
        "NoticeGroupEnum": "governance.notifications.choices.NoticeGroup",
        "NoticeDeliveryEnum": "governance.notifications.choices.Delivery",
        "MailFormEnum": "governance.notifications.choices.MailForm",
        "MailStateEnum": "governance.notifications.choices.MailState",
        "VersionStateEnum": "governance.versions.choices.VersionState",
        "VarianceCodeEnum": "kpis.forecasts.choices.VarianceCode",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "governance.web.openapi.complete",
    ],
}

globals().update(broker_settings(ENV))
globals().update(mail_settings(ENV))
METRICS_TOKEN = ENV.metrics_token
share_counters(ENV)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "governance.web.logs.ContextFilter"}},
    "formatters": {
        "json": {"()": "governance.web.logs.JsonFormatter"},
        "text": {"()": "governance.web.logs.TextFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": ENV.log_format,
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Our own line about each task says the same and more.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
