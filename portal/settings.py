"""Settings, each read from the environment once, typed and defaulted here.

Everything the portal writes lies under PORTAL_VAR. A missing secret is an error, never a default.
"""

from datetime import timedelta
from pathlib import Path

from portal import environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(environment.text("PORTAL_VAR") or BASE_DIR / "var").expanduser().resolve()


def _secret_key() -> str:
    """SECRET_KEY, or the key that `make run` generated on first start."""
    generated = VAR / "secret_key"
    if key := environment.text("SECRET_KEY"):
        return key
    if generated.is_file():
        return generated.read_text().strip()
    raise environment.wrong(
        "SECRET_KEY",
        f"chưa có; hãy đặt biến này, hoặc chạy `make run` một lần để tạo {generated}",
        f"is missing; set it, or start once with `make run`, which writes {generated}",
    )


SECRET_KEY = _secret_key()
DEBUG = environment.flag("DEBUG")

# The address citizens type. Canonical links, feeds and cookies follow it, never the Host header.
_address = environment.site_address("SITE_URL", f"http://localhost:{environment.number('PORT', 8000, 1, 65535)}")
SITE_URL = _address.geturl()
HTTPS = _address.scheme == "https"
ALLOWED_HOSTS = [_address.hostname, *environment.hosts("ALLOWED_HOSTS")]
if not HTTPS:  # looked at on the machine itself
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "portal.apps.Records",
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
    "portal.apps.SignIns",
    "ckeditor",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "import_export",
    "simple_history",
    "tree_queries",
]

MIDDLEWARE = [
    "portal.logs.RequestId",
    "portal.health.Probes",
    "django.middleware.security.SecurityMiddleware",
    "portal.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.accounts.sessions.StaffSession",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "portal.records.StaffRecords",
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
            "builtins": [
                "django.templatetags.static",
                *(f"portal.templatetags.{library}" for library in ("dates", "fixed", "portal")),
            ],
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

DATABASES = {"default": environment.database("DATABASE_URL", {"ENGINE": "portal.embedded_postgres", "NAME": "portal"})}
# No page waits for ever: not for a host that does not answer, nor one that stopped answering, nor a slow statement.
# Commands may take as long as they need; manage.py says 0.
_longest = environment.number("DATABASE_TIMEOUT", 20)  # seconds
DATABASES["default"].update(CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,  # milliseconds
    "options": f"-c statement_timeout={_longest}s -c lock_timeout={_longest}s",
    **DATABASES["default"].get("OPTIONS", {}),
}
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
TWO_FACTOR = environment.flag("TWO_FACTOR", _address.hostname not in ("localhost", "127.0.0.1", "::1"))
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
# Uploads in S3-compatible storage (needs deploy/requirements-s3.txt), for more than one machine.
if _bucket := environment.text("MEDIA_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "portal.bucket.BucketStorage",
        "OPTIONS": {"bucket_name": _bucket, "endpoint_url": environment.text("MEDIA_BUCKET_ENDPOINT") or None},
    }
# CKEditor builds the addresses of its parts from its base path, so the plain names must stay.
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# Memory for rendered pages in each worker, in megabytes; 0 keeps none.
PAGE_CACHE_MB = environment.number("PAGE_CACHE_MB", 32)

# Per cent of the parts required by law that a procedure must have before it can be published; 0 asks for none.
PROCEDURE_COMPLETENESS = environment.number("PROCEDURE_COMPLETENESS", 0, 0, 100)

# Letters to staff, for example smtp+tls://user:password@host:587; without an address they are written to the log.
vars().update(environment.mail_server("EMAIL_URL"))
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", f"cong-thong-tin@{_address.hostname}")

# A spreadsheet changes what readers see at once, so bringing one in takes the right to publish.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "publish"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
# `manage.py check_links` asks other sites only when told to, and those of our own network only when told twice.
CHECK_LINKS = environment.flag("CHECK_LINKS")
CHECK_LINKS_PRIVATE = environment.flag("CHECK_LINKS_PRIVATE")

# Browsers let nobody set a cookie of this name but the whole host itself, over https (RFC 6265bis, 4.1.3.2).
SESSION_COOKIE_NAME = "__Host-phien" if HTTPS else "phien"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # our scripts read the token in the form
SESSION_COOKIE_AGE = 12 * 60 * 60  # a long working day
SESSION_IDLE_MINUTES = environment.number("SESSION_IDLE_MINUTES", 60, 1)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
BEHIND_PROXY = environment.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin's preview and pop-ups are framed by ourselves
CSRF_FAILURE_VIEW = "portal.failures.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # an article with a hundred photos, a procedure with all its rows
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
EMAIL_TIMEOUT = 10  # seconds

# The editor is only the widget; cleaning in portal.richtext is the boundary (docs/decisions/0003-editor.md).
# Framed by ourselves only: X_FRAME_OPTIONS above and frame-ancestors in portal.headers.
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001", "security.W019"]

# Figures for Prometheus, at /metrics for who sends this as a bearer token. Empty: none are kept.
METRICS_TOKEN = environment.text("METRICS_TOKEN")

# The public key (age1…) for which backups are encrypted. Empty: they are not.
BACKUP_RECIPIENT = environment.text("BACKUP_RECIPIENT")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "portal.logs.NamesRequest"}},
    "formatters": {
        "plain": {
            "()": "portal.logs.Plain",
            "format": "{asctime} {levelname} {name} [{request_id}]: {message}",
            "style": "{",
        },
        "json": {"()": "portal.logs.as_json"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": environment.choice("LOG_FORMAT", ("plain", "json")),
            "filters": ["request"],
        }
    },
    "root": {
        "handlers": ["console"],
        "level": environment.choice("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
    },
}
