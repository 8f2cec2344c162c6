"""Every setting, read from the environment (or a file ``.env`` beside manage.py).

Without any variable set this is the development and demo configuration: SQLite, mails written
to files, a demo sign-in. ``MIKO_ENV=production`` switches all of that off and refuses to start as
long as one of the values that must be chosen is missing. config/variables.py says what each means.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.environment import Environment
from config.variables import VARIABLES

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# A variable NAME may also be given as NAME_FILE: the path of a file that holds the value, as secrets often come.
env = Environment(VARIABLES)
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env")

ENVIRONMENT = env.str("MIKO_ENV")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured("MIKO_ENV must be 'development' or 'production'.")
PRODUCTION = ENVIRONMENT == "production"


def required_in_production(name: str, development: str) -> str:
    """The variable's value; its development default, unless this is production."""
    return env.needed(name, development, production=PRODUCTION)


SECRET_KEY = required_in_production("SECRET_KEY", "development-only-not-a-secret")
if PRODUCTION and env.str("SECRET_KEY", default="") and len(SECRET_KEY) < 50:
    env.problems.append("SECRET_KEY must have at least 50 characters in production.")

DEBUG = env.bool("DEBUG")
if PRODUCTION and DEBUG:
    env.problems.append("DEBUG must be off in production.")

# One-click sign-in as one of the demo people. Never where real people are.
DEMO = env.bool("DEMO", default=not PRODUCTION)
if PRODUCTION and DEMO:
    env.problems.append("DEMO must be off in production: it lets anybody sign in as anybody.")

# The project has ended: certificates are checked and fetched, and nothing is written any more.
SITE_READ_ONLY = env.bool("SITE_READ_ONLY")

# Where people reach the site; links in mails, calendars and on certificates begin with it.
PUBLIC_URL = required_in_production("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = required_in_production("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver").replace(",", " ").split()
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- Who offers the trainings ------------------------------------------------------------------

OPERATOR_NAME = env.str("OPERATOR_NAME")
OPERATOR_UNIT = env.str("OPERATOR_UNIT")
OPERATOR_PLACE = env.str("OPERATOR_PLACE")
SITE_NAME = env.str("SITE_NAME")
CONTACT_EMAIL = required_in_production("CONTACT_EMAIL", "schulungen@kreis-myk.example")
CONTACT_PHONE = required_in_production("CONTACT_PHONE", "0261 000-000")
# Whom coordinators tell when something stands still: name, telephone or address, in one line.
TECHNICAL_CONTACT = env.str("TECHNICAL_CONTACT", default="").strip()
# The header „Offizielle Website“ may be shown only where the operator is an authority.
OFFICIAL_SITE = env.bool("OFFICIAL_SITE")
# Mail domains that the lists of public providers and suffixes have wrong: agencies may have them all the same.
AGENCY_DOMAINS_ALLOWED = env.str("AGENCY_DOMAINS_ALLOWED").replace(",", " ").split()
# What follows where an agency has no agreement for the day of a run: free (nothing), warn or refuse.
REGISTER_WITHOUT_AGREEMENT = env.str("REGISTER_WITHOUT_AGREEMENT").strip().lower() or "free"
if REGISTER_WITHOUT_AGREEMENT not in {"free", "warn", "refuse"}:
    env.problems.append("REGISTER_WITHOUT_AGREEMENT must be free, warn or refuse.")
# First part of the numbers of certificates: MYK-2026-000123.
CERTIFICATE_PREFIX = env.str("CERTIFICATE_PREFIX")
# Of the keyed hash that answers whether a surname is right when the name itself has been erased. It must then stay the
# same for ever: who changes SECRET_KEY gives the former one here.
CERTIFICATE_NAME_KEY = env.str("CERTIFICATE_NAME_KEY") or SECRET_KEY

# --- Proofs on certificates --------------------------------------------------------------------

# A seal on the PDF files: a PKCS#12 file, or a key on a PKCS#11 token. Off as long as neither is named.
PRINT_FONTS_DIR = env.str("PRINT_FONTS_DIR")
CERTIFICATE_SEAL_FILE = env.str("CERTIFICATE_SEAL_FILE")
CERTIFICATE_SEAL_PASSWORD = env.str("CERTIFICATE_SEAL_PASSWORD").rstrip("\r\n")
CERTIFICATE_SEAL_MODULE = env.str("CERTIFICATE_SEAL_MODULE")  # path of the token's driver
CERTIFICATE_SEAL_TOKEN = env.str("CERTIFICATE_SEAL_TOKEN")
CERTIFICATE_SEAL_KEY = env.str("CERTIFICATE_SEAL_KEY")  # the label of key and certificate on it
CERTIFICATE_SEAL_PIN = env.str("CERTIFICATE_SEAL_PIN").rstrip("\r\n")
# Open Badges: an Ed25519 key (PEM), and the public keys of those it has replaced. Off as long as there is none.
CERTIFICATE_BADGE_KEY = env.str("CERTIFICATE_BADGE_KEY", multiline=True)
CERTIFICATE_BADGE_FORMER_KEYS = env.str("CERTIFICATE_BADGE_FORMER_KEYS", multiline=True)

# --- Applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.SiteConfig",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "trainings",
    "certificates",
    "evidence",
    "demo",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "config.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "config.middleware.BrowserPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.impossible.ImpossibleRequestsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.PersonalAnswersMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.MethodsMiddleware",
    "config.middleware.ReadOnlyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.IdleEndMiddleware",
    "accounts.middleware.SecondFactorRequiredMiddleware",
    "accounts.middleware.ProfileRequiredMiddleware",
    "accounts.middleware.DownloadsOnRecordMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
                "trainings.context.funding",
                "trainings.context.person",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

if not PRODUCTION:
    (VAR_DIR / "static").mkdir(parents=True, exist_ok=True)

# --- Database ----------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", f"sqlite:///{quote(str(VAR_DIR / 'miko.sqlite3'))}", production=PRODUCTION)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # With Django's defaults two of three simultaneous writers fail with "database is locked":
    # a write lock must be taken when the transaction begins, and waited for.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # A new connection costs more than most requests.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Else a request waits for minutes for a machine that does not answer, and holds its process meanwhile.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # Behind a pooler the next part of a long answer may be asked of another connection, which has no such cursor.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DATABASE_POOLED")
    if not env.bool("DATABASE_POOLED"):  # a pooler refuses what it does not know
        # PostgreSQL compiles a statement whose cost it guesses high, for a fifth of a second, each time. All of ours
        # that it guesses so take a few milliseconds.
        DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# All limits live here, so every process must see the same cache. Beyond MAX_ENTRIES what has expired is deleted.
CACHE_OPTIONS = {"MAX_ENTRIES": 50_000}
CACHES = {
    "default": env.cache_url("CACHE_URL")
    if env.str("CACHE_URL", default="")
    else {"BACKEND": "config.cache.UnforgettingCache", "LOCATION": "cache", "OPTIONS": CACHE_OPTIONS}
}

# --- Mail --------------------------------------------------------------------------------------

if PRODUCTION:
    EMAIL_CONFIG = env.email_url_config(required_in_production("EMAIL_URL", "smtp://127.0.0.1:25"))
    vars().update(EMAIL_CONFIG)
    if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "config.smtp.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 10  # seconds for each answer; the whole is bounded by config/smtp.py
# A rehearsal holds all mails. So does a copy of the database by itself, which finds out by the installation's name.
MAILS_HELD = env.bool("MAILS_HELD")
INSTALLATION = env.str("INSTALLATION")
# Where what cannot be delivered comes back: imaps://user:password@host/INBOX. Nobody looks as long as it is empty.
BOUNCE_IMAP_URL = env.str("BOUNCE_IMAP_URL").strip()
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <{CONTACT_EMAIL}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Sign-in -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "trainings:my_registrations"
LOGOUT_REDIRECT_URL = "trainings:catalogue"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900  # seconds; mail gateways of authorities are slow
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code sent to the address is the verification
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {"request_login_code": None}  # accounts/codes.py counts, so that nobody is kept out by others
ACCOUNT_FORMS = {
    "request_login_code": "accounts.forms.SignInForm",
    "confirm_login_code": "accounts.forms.SignInCodeForm",
}

# --- Second factor, idle end -------------------------------------------------------------------

# Coordinators and superusers need a passkey or an app. Off in the demo, where one click signs in as anybody.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=PRODUCTION)
COORDINATOR_IDLE_MINUTES = env.int("COORDINATOR_IDLE_MINUTES")  # then they sign in again; 0: never
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # clocks of phones go half a minute wrong
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody gets this far without a code sent to the address
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # http://localhost
MFA_FORMS = {
    "authenticate": "accounts.security_forms.FactorCodeForm",
    "authenticate_webauthn": "accounts.security_forms.PasskeyForm",
    "reauthenticate": "accounts.security_forms.AskAgainForm",
    "reauthenticate_webauthn": "accounts.security_forms.AskAgainPasskeyForm",
    "activate_totp": "accounts.security_forms.FirstCodeForm",
    "add_webauthn": "accounts.security_forms.NewPasskeyForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds; the same as accounts/second_factor.py

# --- Single sign-on (OpenID Connect) -----------------------------------------------------------

# The house's own identity provider, such as Keycloak, beside the code by e-mail. Off as long as no server is named.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL").strip()
OIDC_NAME = env.str("OIDC_NAME", default=OPERATOR_NAME)  # on the button
OIDC_AGENCY_CLAIM = env.str("OIDC_AGENCY_CLAIM")  # holds the short name or the name of an agency
SOCIALACCOUNT_ADAPTER = "accounts.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
# A link, no form: browsers apply form-action of the content security policy to every host a form is redirected to.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_SERVER_URL:
    OIDC_CLIENT = {
        "provider_id": "oidc",
        "name": OIDC_NAME,
        "client_id": env.str("OIDC_CLIENT_ID"),
        "secret": env.str("OIDC_CLIENT_SECRET").rstrip("\r\n"),
        "settings": {"server_url": OIDC_SERVER_URL},
    }
    if not OIDC_CLIENT["client_id"]:
        env.problems.append("OIDC_CLIENT_ID must be set where OIDC_SERVER_URL is.")
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_CLIENT], "OAUTH_PKCE_ENABLED": True}}

# --- Language and time -------------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("Deutsch")), ("en", _("Englisch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]

# --- Static files ------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.storage.StaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- Import and export -------------------------------------------------------------------------

# The library's default lets any staff user import and export.
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_MAX_BYTES = 5 * 1024 * 1024
IMPORT_MAX_ROWS = 5000
REQUEST_MAX_BYTES = (
    11 * 1024 * 1024
)  # a scan of 10 MB and the fields beside it; docs/operations.md has nginx say the same
DATA_UPLOAD_MAX_MEMORY_SIZE = IMPORT_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # the attendance of 120 people has 963

# Where ClamAV's clamd looks through uploaded scans: unix:///run/clamav/clamd.ctl or tcp://host:3310. Off if empty.
CLAMD_URL = env.str("CLAMD_URL").strip()
if CLAMD_URL and not CLAMD_URL.startswith(("unix:///", "tcp://")):
    env.problems.append("CLAMD_URL must begin with unix:/// or tcp://.")

# --- Safety ------------------------------------------------------------------------------------

# In the format of Django 6's SECURE_CSP. Nothing inline, nothing from elsewhere.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "media-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# What our pages may use, and nobody embedded in them. An address of a calendar is copied by a button;
# passkeys sign people in. The camera is for pages that say so (accounts.requests.uses_camera).
PERMISSIONS_POLICY = {
    "clipboard-write": "self",
    "fullscreen": "self",
    "picture-in-picture": "self",
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
    **dict.fromkeys(
        [
            "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
            "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts",
            "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "storage-access",
            "sync-xhr", "usb", "xr-spatial-tracking",
        ],
        "",
    ),
}  # fmt: skip
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.csrf.token_refused"
CSRF_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS")
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS")
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD")
    # These two bind other hosts than ours: whether they are set is the operator's decision.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    if env.bool("BEHIND_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Without it all people share the proxy's address, and with it the limits of one network.
        ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT")

# --- After the project has ended ------------------------------------------------------------------

if SITE_READ_ONLY:
    # The database may have become one that can only be read, so sign-ins and limits live in files that all processes on
    # the machine share. Not in signed cookies: the session holds the code that was sent by e-mail.
    if not env.str("CACHE_URL", default=""):
        CACHES["default"] = {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": Path(os.environ.get("XDG_CACHE_HOME", VAR_DIR)) / "read-only",
            "OPTIONS": CACHE_OPTIONS,
        }
    SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    LOGIN_REDIRECT_URL = "certificates:list"
    LOGOUT_REDIRECT_URL = "certificates:verify_form"

# --- Logging -----------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in {"line", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT must be 'line' or 'json'.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "filters": {"outage": {"()": "config.logs.OutageFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["outage"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL")},
    "loggers": {
        # Django gives these handlers of their own, which would write addresses in full.
        "django": {"level": "INFO"},
        "django.server": {"level": "INFO", "handlers": ["console"], "propagate": False},
        "flufl.bounce": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "WARNING"},
    },
}

# --- For whoever watches the site ----------------------------------------------------------------

# Prometheus reads /metrics/ with „Authorization: Bearer TOKEN“. There is no such address as long as this is empty.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    env.problems.append("METRICS_TOKEN must have at least 20 characters.")
# A server that collects errors, by Sentry's protocol. Nobody hears of them as long as it is empty.
SENTRY_DSN = env.str("SENTRY_DSN", default="").strip()

# --- Retention -----------------------------------------------------------------------------------

RETENTION_NEEDS_DAYS = env.int("RETENTION_NEEDS_DAYS")  # after the run
RETENTION_CHECK_IN_DAYS = env.int("RETENTION_CHECK_IN_DAYS")  # network and device; after the run
RETENTION_CALENDAR_ENTRY_DAYS = env.int("RETENTION_CALENDAR_ENTRY_DAYS")  # after the session
RETENTION_MESSAGE_TEXT_DAYS = env.int("RETENTION_MESSAGE_TEXT_DAYS")  # after sending
# After issuing; counts only where there is no funding, whose own date says how long evidence is kept.
RETENTION_CERTIFICATE_DAYS = env.int("RETENTION_CERTIFICATE_DAYS")
RETENTION_AUDIT_DAYS = env.int("RETENTION_AUDIT_DAYS")  # who did what, who looked
RETENTION_INACTIVE_ACCOUNT_DAYS = env.int("RETENTION_INACTIVE_ACCOUNT_DAYS")  # nobody signed in
RETENTION_ENDED_ACCOUNT_DAYS = env.int("RETENTION_ENDED_ACCOUNT_DAYS")  # after its end, without evidence
RETENTION_UNUSED_ACCOUNT_DAYS = env.int("RETENTION_UNUSED_ACCOUNT_DAYS")  # never signed in

# --- The end ---------------------------------------------------------------------------------------

env.finish()  # last: whatever was found wrong above is said at once
