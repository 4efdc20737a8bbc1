"""All settings, all from the environment.

``.env.example`` in deploy/ lists every variable with its meaning. Development values are used only
when DEBUG or DEMO is on; a production start with one of them missing says which (config/checks.py).
"""

from pathlib import Path

import django
import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.stores import evidence_storage, heads_storage

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- What this deployment is ---
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
BRAND = env("BRAND", default="Handover")
SUPPORT_EMAIL = env("SUPPORT_EMAIL", default="help@handover.example")
SUPPORT_PHONE = env("SUPPORT_PHONE", default="")
# The maker's own notice; {language} in it becomes the language of the page.
PRIVACY_NOTICE_URL = env("PRIVACY_NOTICE_URL", default="")
BASE_URL = env("BASE_URL", default="http://127.0.0.1:8000")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
MAIL_CATCHER_URL = env("MAIL_CATCHER_URL", default="")
# Only the story's and the tests' databases may move the clock of the deadlines.
CLOCK_MAY_MOVE = env.bool("CLOCK_MAY_MOVE", default=False)
SECURE = BASE_URL.startswith("https://")

# --- Keys ---
DEVELOPMENT_KEY = "development-only-not-a-secret-0123456789-abcdefghij"
SECRET_KEY = env("SECRET_KEY", default=DEVELOPMENT_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Links and codes are signed with keys of their own, newest first: the others still verify.
LINK_KEYS = env.list("LINK_KEYS", default=[DEVELOPMENT_KEY])
CODE_KEYS = env.list("CODE_KEYS", default=[DEVELOPMENT_KEY])
# What seals the secrets of authenticator apps and hashes recovery codes, the newest first.
FACTOR_KEYS = env.list("FACTOR_KEYS", default=[DEVELOPMENT_KEY])
# The PIN keyset: a file made by `manage.py make_pin_keys`, or its JSON text.
PIN_KEYSET = env("PIN_KEYSET", default=str(BASE_DIR / ".keys" / "pin-keyset.json"))
# The key that wraps the keyset itself (records/wrapping.py): base64 of 32 bytes, file:// or kms://;
# and the one before, while `manage.py wrap_keysets` changes it.
PIN_KEK = env("PIN_KEK", default="")
PIN_KEK_OLD = env("PIN_KEK_OLD", default="")
# Wraps the data key of each request's evidence: made by `manage.py make_evidence_keys`; likewise.
EVIDENCE_KEYSET = env("EVIDENCE_KEYSET", default=str(BASE_DIR / ".keys" / "evidence-keyset.json"))
EVIDENCE_KEK = env("EVIDENCE_KEK", default="")
EVIDENCE_KEK_OLD = env("EVIDENCE_KEK_OLD", default="")

# No variable sets this: only the databases of the tests let a guard sleep (tests/databases.py).
GUARDS_ASLEEP = frozenset()

# --- Applications ---
INSTALLED_APPS = [
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_fsm",
    "lucide",
    "config.apps.HouseConfig",
    "accounts",
    "records",
    "chargers",
    "support",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.denials.record_denials",
    "config.doorway.stand",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.speech.keep_whole",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.kept.keep_typed",
    "accounts.sessions.end_idle",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.reads.record_staff_reads",
    "config.middleware.answer_refusals",
]
ROOT_URLCONF = "config.urls"
FORM_RENDERER = "config.forms.HouseRenderer"
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
                "django.template.context_processors.i18n",
                "config.context.brand",
            ],
            "builtins": ["lucide.templatetags.lucide"],
        },
    },
    {
        "NAME": "quick",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "quick", Path(django.__file__).parent / "forms/jinja2"],
        "OPTIONS": {"environment": "config.quick.environment"},
    },
]

# --- Database: the application's role, and the owner's for migrations and clean-up ---
DATABASE_URL = env("DATABASE_URL", default="postgres://handover_app@127.0.0.1:5432/handover")
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default=DATABASE_URL)
_PG_OPTIONS = "-c lock_timeout=3s -c statement_timeout={} -c idle_in_transaction_session_timeout={}"


# A statement is planned once by a connection and then kept, its parameters apart: PostgreSQL took
# longer to plan a page than to read it (docs/decisions/0030-planned-once.md).
_PLANNED_ONCE = {"server_side_binding": True, "prepare_threshold": 1}


def database(url: str, statement_timeout: str, idle_timeout: str, **options) -> dict:
    """Return Django's settings for a PostgreSQL address, with the timeouts of trust.md R-01."""
    settings = environ.Env.db_url_config(url)
    timeouts = {"options": _PG_OPTIONS.format(statement_timeout, idle_timeout)}
    settings["OPTIONS"] = settings.get("OPTIONS", {}) | timeouts | options
    return settings | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


DATABASES = {
    "default": database(DATABASE_URL, "10s", "15s", **_PLANNED_ONCE),
    # A migration may compute for long in its transaction, more so on a busy machine.
    "owner": database(DATABASE_OWNER_URL, "0", "0"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Sessions live in PostgreSQL: pages never depend on Redis ---
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "django_language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY = SECURE, True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
# What was said for the next page lives in the session: one cookie fewer.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 10 * 60 * 60
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE else "csrftoken"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PeopleBackend"]
# Addresses are unique unless empty (after erasure), by a constraint that this check cannot read.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Accounts is the lowest room: what posts a code, the clock of the deadlines, and what raises
# an alert are named here, not imported there.
CODE_SENDER = "support.notifications.post_code"
ACCOUNT_TOLD = "support.services.people.account_changed"
CLOCK = "records.clock.now"
RAISE_ALERT = "records.alerts.raise_alert"

# --- Languages and time ---
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
# Only languages that have a catalogue: a page half in one language, half in another, is in none.
LANGUAGES = [
    (code, name)
    for code, name in [
        ("en", _("English")),
        ("nb", _("Norwegian")),
        ("sv", _("Swedish")),
        ("da", _("Danish")),
        ("de", _("German")),
    ]
    if code == LANGUAGE_CODE or (LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.mo").exists()
]
# The whole product is in these; the others are for what owners and households receive and the pages
# that they answer on (support/languages.py).
WHOLE_LANGUAGES = ("en", "nb")
TIME_ZONE = "UTC"
# Countries (of the requests) in which no figures of single agents are shown; the team's stay.
AGENT_FIGURES_OFF = env.list("AGENT_FIGURES_OFF", default=[])
# When the desk works on working days, by country, in local time; "*" is every other country.
# A day's hours must not reach over midnight. JSON: {"*": ["08:00", "16:00"], "SE": [...]}
DESK_HOURS = env.json("DESK_HOURS", default={"*": ["08:00", "16:00"]})
USE_TZ = True
USE_I18N = True

# --- Celery: Redis is the broker and nothing else ---
CELERY_BROKER_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 30,
    "socket_timeout": 5,
    "socket_connect_timeout": 0.25,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "records.sweep", "schedule": 5.0},
    "deadlines": {"task": "support.deadlines", "schedule": 5.0},
    "records-daily": {"task": "records.daily", "schedule": 600.0},
    "watch": {"task": "support.watch", "schedule": 60.0},
    "daily": {"task": "support.daily", "schedule": 600.0},
    # At night, and again for what a killed run has left: each run does what is due.
    "retention": {"task": "support.retention", "schedule": crontab(hour="1-4", minute=23)},
}
# What a topic's outbox row is handed to: handler(key=..., **payload).
OUTBOX_HANDLERS = {
    "mail": "support.delivery.deliver_mail",
    "code": "support.delivery.deliver_code",
    "route": "support.services.routing.route_from_outbox",
    "check_item": "support.services.checking.check_from_outbox",
    "read_picture": "support.services.optical.read_from_outbox",
    "reused": "support.services.likeness.reused_from_outbox",
    "reconsider": "support.services.approvals.reconsider_from_outbox",
    "freeze_told": "support.services.safety.send_from_outbox",
    "copy": "support.services.copies.make_part_from_outbox",
    "erase": "support.services.erasing.erase_from_outbox",
    "proposal_notice": "support.services.owners.send_proposal_notice_from_outbox",
    "charger_registered": "support.services.routing.charger_changed_from_outbox",
    "owner_changed": "support.services.routing.charger_changed_from_outbox",
    "proof_arrived": "support.services.closing.prove_from_outbox",
    "establish_notice": "support.services.owners.send_establish_notice_from_outbox",
    "reveal_notice": "support.services.owners.send_reveal_notice_from_outbox",
    "share_made": "support.services.owners.send_share_made_from_outbox",
    "chain_head": "records.heads.store_from_outbox",
    "alert": "support.services.alerts.send_from_outbox",
    "reports": "support.services.reports.make_from_outbox",
    "power_change": "support.services.power.apply_from_outbox",
    "print_file": "support.services.letters.print_from_outbox",
    "letter_arrived": "support.services.contact_letters.arrived_from_outbox",
}
# Which chargers somebody asks for now: chargers does not know tickets.
CHARGERS_WITH_OPEN_TICKETS = "support.services.routing.with_open_tickets"
# For how long a process shows the same counts of the desk's views.
QUEUE_COUNT_SECONDS = env.int("QUEUE_COUNT_SECONDS", default=5)
OUTBOX_IN_FLIGHT = env.int("OUTBOX_IN_FLIGHT", default=16)
# These have a queue of their own, for a worker that does one at a time: optical reading takes
# seconds and 700 MB. Nothing waits for them; without that worker pictures stay blurred.
OUTBOX_SLOW_TOPICS = frozenset({"read_picture"})
OUTBOX_SLOW_QUEUE = "reading"

# --- Evidence store ---
STORAGE_URL = env("STORAGE_URL", default=f"file://{BASE_DIR / '.evidence'}")
# Where the daily signed heads of the records go: by default beside the evidence, under heads/.
HEADS_URL = env("HEADS_URL", default="")

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "evidence": evidence_storage(STORAGE_URL),
    "heads": heads_storage(HEADS_URL, evidence_url=STORAGE_URL),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / ".static"))
# Compress only what pages name, and no source map: collecting takes a quarter of the time.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz", "br"),
    *("woff", "woff2", "map"),
)
# Antivirus: clamd as "host:port" or the path of its socket; empty is "not scanned".
CLAMD = env("CLAMD", default="")
EVIDENCE_FILE_BYTES = 15 * 1024 * 1024
EVIDENCE_TICKET_BYTES = 60 * 1024 * 1024
EVIDENCE_TICKET_FILES = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["support.uploads.QuotaUploadHandler"]

# --- Mail ---
vars().update(env.email_url("MAIL_URL", default="smtp://127.0.0.1:2525"))
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default="Handover <no-reply@handover.example>")
EMAIL_TIMEOUT = 20
# Print file for letters: one folder a day.
LETTERS_DIR = env("LETTERS_DIR", default=str(BASE_DIR / ".letters"))

# --- Browser security ---
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        # Both names: browsers know one or the other (config/policy_reports.py).
        "report-uri": ["/policy-report"],
        "report-to": "policy",
    }
}
# What a page may use of a device: nothing, save passkeys and the button that copies.
PERMISSIONS_POLICY = {
    feature: []
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
        *("encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection"),
        *("local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
        *("screen-wake-lock", "serial", "storage-access", "sync-xhr", "usb"),
        *("window-management", "xr-spatial-tracking", "clipboard-read"),
    )
} | {
    "clipboard-write": "self",
    "publickey-credentials-create": "self",
    "publickey-credentials-get": "self",
}
# What every answer carries besides (config/doorway.py).
EVERY_ANSWER = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Reporting-Endpoints": 'policy="/policy-report"',
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# Nothing leaves our own address. Not "no-referrer" (docs/decisions/0015): under it browsers send
# "Origin: null" with our own forms, and every POST fails. Where an address is a secret it is that.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = SECURE
# A load balancer asks these over plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
# How many proxies of ours a request comes through: only they may say where it is from.
PROXIES = env.int("BEHIND_PROXY", default=0)
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"without_paths": {"()": "config.denials.WithoutPaths"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Their lines name addresses, and an address may hold a link's secret.
    "loggers": {
        "django.request": {"filters": ["without_paths"]},
        "django.security.csrf": {"filters": ["without_paths"]},
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
