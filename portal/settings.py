"""Settings, each read from the environment once, typed and defaulted here.

Everything the portal writes lies under PORTAL_VAR. A missing secret is an error, never a default.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("PORTAL_VAR", str(BASE_DIR / "var"))).expanduser().resolve()


def _secret_key() -> str:
    """SECRET_KEY, or the key that `make run` generated on first start."""
    generated = VAR / "secret_key"
    if key := env.str("SECRET_KEY", ""):
        return key
    if generated.is_file():
        return generated.read_text().strip()
    raise ImproperlyConfigured(f"Set SECRET_KEY, or start once with `make run`, which writes {generated}.")


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", False)

# The address citizens type. Canonical links, feeds and cookies follow it, never the Host header.
SITE_URL = env.str("SITE_URL", f"http://localhost:{env.int('PORT', 8000)}").rstrip("/")
_address = urlsplit(SITE_URL)
if _address.scheme not in ("http", "https") or not _address.hostname:
    raise ImproperlyConfigured(f"SITE_URL must look like https://example.gov.vn, not {SITE_URL!r}.")
HTTPS = _address.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_address.hostname, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "portal",
    "news",
    "policies",
    "procedures",
    "legal_docs",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "portal.apps.StaticFiles",
    "axes",
    "ckeditor",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "import_export",
    "simple_history",
    "tree_queries",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.accounts.sessions.StaffSession",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.static", "portal.templatetags.portal"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
# Django's own form templates first look among ours, so that the admin can be given Vietnamese widgets.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

DATABASES = {
    "default": env.db("DATABASE_URL")
    if env.str("DATABASE_URL", "")
    else {"ENGINE": "portal.embedded_postgres", "NAME": "portal"}
}
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
# A host that does not answer must not hold every page.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "admin:login"
# Whoever may publish signs in with a second factor, unless this is a try-out on one's own machine.
TWO_FACTOR = env.bool("TWO_FACTOR", _address.hostname not in ("localhost", "127.0.0.1", "::1"))
OTP_TOTP_ISSUER = _address.hostname
# Guessing: six wrong passwords for one name from one address close both to each other for a quarter of an hour.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "portal.accounts.login.client_address"
AXES_LOCKOUT_CALLABLE = "portal.accounts.login.locked_out"

LANGUAGE_CODE = "vi"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["portal.formats"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "portal.storage.DurableStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# CKEditor builds the addresses of its parts from its base path, so the plain names must stay.
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# Memory for rendered pages in each worker, in megabytes; 0 keeps none.
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", 32)

# Per cent of the parts required by law that a procedure must have before it can be published; 0 asks for none.
PROCEDURE_COMPLETENESS = env.int("PROCEDURE_COMPLETENESS", 0)

# `manage.py check_links` asks other sites only when told to, and those of our own network only when told twice.
CHECK_LINKS = env.bool("CHECK_LINKS", False)
CHECK_LINKS_PRIVATE = env.bool("CHECK_LINKS_PRIVATE", False)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60  # a long working day
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", 60)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin's preview and pop-ups are framed by ourselves
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a gallery of a hundred photos, a procedure with all its rows
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# The editor is only the widget; cleaning in portal.richtext is the boundary (docs/decisions/0003-editor.md).
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
