"""The portal's settings, all from the environment. Each name is explained in the README."""

import sys
from datetime import time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from esachivalaya import environment

BASE_DIR = Path(__file__).resolve().parent.parent

# Commands that create or change tables. They connect as the owner of the database; everything else
# runs under a role that owns nothing, so that what is append-only stays so.
OWNER_COMMANDS = {
    "migrate", "makemigrations", "sqlmigrate", "sqlflush", "flush", "dbshell", "backup", "restore",
}  # fmt: skip

# --- what must be given ---
SECRET_KEY = environment.text(
    "SECRET_KEY", hint="Give it 50 or more random characters and keep it out of the repository."
)
DATABASE = environment.parsed(
    "DATABASE_URL",
    environment.postgres,
    hint="Write it as postgresql://user:password@host:5432/name, for the role that owns nothing.",
)
OWNER_DATABASE = environment.parsed(
    "DATABASE_OWNER_URL",
    environment.postgres,
    default=environment.text("DATABASE_URL"),
    hint="Write it as postgresql://owner:password@host:5432/name, for the owner of the tables.",
)
REDIS_URL = environment.parsed(
    "REDIS_URL",
    environment.redis,
    hint="Write it as redis://host:6379/0.",
)
PUBLIC_URL = environment.parsed(
    "PUBLIC_URL",
    environment.public_url,
    hint="Write the address that people type, as https://esachivalaya.example.in.",
)
DEMO = environment.switch("DEMO", default=False)
ALLOWED_HOSTS = environment.listed("ALLOWED_HOSTS", default=urlsplit(PUBLIC_URL).hostname or "")
# Behind so many proxies of our own the browser's address is read from X-Forwarded-For.
TRUSTED_PROXIES = environment.parsed(
    "TRUSTED_PROXIES", int, default="0", hint="Write how many proxies of your own stand in front."
)
DATA_DIR = Path(environment.text("DATA_DIR", default=str(BASE_DIR / ".run" / "files")))

# Signs the daily seal of the audit record. The database must not know it, so that whoever owns the
# database cannot forge a seal; it outlives a change of SECRET_KEY, which stands in for it.
AUDIT_ANCHOR_KEY = environment.text("AUDIT_ANCHOR_KEY", default=SECRET_KEY)
# Public keys that backups are encrypted to; the private ones stand where the portal cannot read.
BACKUP_RECIPIENTS = environment.listed("BACKUP_RECIPIENTS", default="")

# Authorities whose certificates sign letters, and lists of what they revoked: files or directories.
SIGNATURE_ROOTS = environment.text("SIGNATURE_ROOTS", default="")
SIGNATURE_CRLS = environment.text("SIGNATURE_CRLS", default="")

TWILIO_ACCOUNT_SID = environment.text("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = environment.text("TWILIO_AUTH_TOKEN", default="")
TWILIO_MESSAGING_SERVICE_SID = environment.text("TWILIO_MESSAGING_SERVICE_SID", default="")
# A sender of its own for codes, and for appeals: a number, a header, or another Messaging Service.
TWILIO_CODE_SENDER = environment.text("TWILIO_CODE_SENDER", default="")
TWILIO_APPEAL_SENDER = environment.text("TWILIO_APPEAL_SENDER", default="")
# Where Twilio's API answers; another address only for a rehearsal against a stand-in.
TWILIO_API_URL = environment.text("TWILIO_API_URL", default="")
SMS_GATEWAY = "twilio" if TWILIO_ACCOUNT_SID else "outbox-page"
# What the account allows, for all workers together; 0 for no limit of ours.
MESSAGE_SEGMENTS_PER_SECOND = environment.parsed(
    "MESSAGE_SEGMENTS_PER_SECOND",
    environment.amount,
    default="100",
    hint="Write how many segments the account may send in a second; 0 for no limit.",
)
# What one process allows itself while Redis is away.
MESSAGE_LOCAL_SEGMENTS_PER_SECOND = environment.parsed(
    "MESSAGE_LOCAL_SEGMENTS_PER_SECOND",
    environment.positive,
    default="5",
    hint="Write a number above 0: segments a second of one process while Redis is away.",
)
# How many calls one worker has in the air.
MESSAGE_THREADS = environment.parsed(
    "MESSAGE_THREADS", environment.count, default="8", hint="Write a whole number of 1 or more."
)
MESSAGE_RETENTION_DAYS = environment.parsed(
    "MESSAGE_RETENTION_DAYS",
    environment.count,
    default="90",
    hint="Write after how many days the words and numbers of messages are removed.",
)
# What one segment of an SMS costs, in paise: a campaign's dry run shows the sum.
SMS_SEGMENT_PAISE = environment.parsed(
    "SMS_SEGMENT_PAISE",
    environment.count,
    default="18",
    hint="Write what one segment of an SMS costs, in whole paise.",
)
# The most one-time codes that anybody may have sent, in an hour and in a day: each is paid for. A
# third is kept for browsers in which the number signed in before (accounts/known_browsers.py).
CODES_PER_HOUR = environment.parsed(
    "CODES_PER_HOUR", environment.count, default="3000", hint="Write a whole number of 1 or more."
)
CODES_PER_DAY = environment.parsed(
    "CODES_PER_DAY", environment.count, default="30000", hint="Write a whole number of 1 or more."
)
# Appeals go out between these hours of Asia/Kolkata only.
APPEAL_HOURS = (time(9), time(21))

EMAIL = environment.parsed(
    "EMAIL_URL",
    environment.smtp,
    default="none:",
    hint="Write it as smtp+tls://user:password@host:587, or 'none:' to keep e-mails in the portal.",
)
EMAIL_GATEWAY = EMAIL["EMAIL_GATEWAY"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text(
    "EMAIL_FROM", default=f"e-Sachivalaya <no-reply@{urlsplit(PUBLIC_URL).hostname}>"
)

# --- virtual meetings ---
# What carries picture and sound: "peer" (browser to browser) or "jitsi" (one's own Jitsi Meet).
MEETING_ENGINE = environment.parsed(
    "MEETING_ENGINE",
    environment.one_of("peer", "jitsi"),
    default="peer",
    hint="Write 'peer' or 'jitsi'.",
)
# Whether a room whose engine fails before the meeting may get the other one, when that is well.
MEETING_FALLBACK = environment.switch("MEETING_FALLBACK", default=False)
# Whether the office may have the citizen's phone called, through Twilio.
MEETING_CALLS = environment.switch("MEETING_CALLS", default=False)
# The relay: addresses as turns:relay.example.in:443?transport=tcp, and the secret it shares.
TURN_URLS = environment.parsed(
    "TURN_URLS",
    environment.relays("turn", "turns"),
    default="",
    hint="Write addresses as turns:relay.example.in:443?transport=tcp, separated by commas.",
)
TURN_SECRET = environment.text("TURN_SECRET", default="")
STUN_URLS = environment.parsed(
    "STUN_URLS",
    environment.relays("stun", "stuns"),
    default="",
    hint="Write addresses as stun:relay.example.in:3478, separated by commas.",
)
# Everybody by the relay alone, not only the office's side.
RELAY_ONLY = environment.switch("RELAY_ONLY", default=False)
# The Jitsi Meet: its address, and what it and the portal share to sign who may come in.
JITSI_URL = environment.parsed(
    "JITSI_URL",
    environment.no_or_public_url,
    default="",
    hint="Write the address of your Jitsi Meet, as https://meet.example.in.",
)
JITSI_APP_ID = environment.text("JITSI_APP_ID", default="")
JITSI_APP_SECRET = environment.text("JITSI_APP_SECRET", default="")
# XMPP_DOMAIN of that Jitsi Meet.
JITSI_XMPP_DOMAIN = environment.text("JITSI_XMPP_DOMAIN", default="meet.jitsi")

# --- the State whose portal this is ---
STATE_NAME_EN = environment.text("STATE_NAME_EN", default="Haryana")
STATE_NAME_HI = environment.text("STATE_NAME_HI", default="हरियाणा")
# Contacts shown in the footer. The defaults cannot be dialled: each State gives its own.
HELP_LINE = environment.text("HELP_LINE", default="0172 000 0000")
# The number of the automatic telephone line, as people dial it.
PHONE_LINE = environment.text("PHONE_LINE", default="0172 000 0001")
# What a Kendra may take for a booking where nothing else is notified, in rupees.
KENDRA_BOOKING_FEE_RS = environment.parsed(
    "KENDRA_BOOKING_FEE_RS", int, default="0", hint="Write whole rupees; 0 for none."
)
# The number on each slip of a Kendra for complaints about the counter; without one, the help line.
KENDRA_COMPLAINTS_PHONE = environment.text("KENDRA_COMPLAINTS_PHONE", default=HELP_LINE)
GRIEVANCE_EMAIL = environment.text("GRIEVANCE_EMAIL", default="grievance@esachivalaya.example")

# --- Django ---
DEBUG = False
ROOT_URLCONF = "esachivalaya.urls"
WSGI_APPLICATION = "esachivalaya.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "esachivalaya.admin_site.PortalAdminConfig",
    "esachivalaya.common",
    "esachivalaya.audit",
    "esachivalaya.notifications",
    "esachivalaya.accounts",
    "officials",
    "appointments",
    "meetings",
    "kendras",
    "plasma",
    "eoffice",
    "esachivalaya.pages",
    "esachivalaya.watching",
    "esachivalaya.backups",
    "esachivalaya.demo",
]

MIDDLEWARE = [
    "esachivalaya.common.middleware.request_id",
    "esachivalaya.watching.counting.count_requests",
    "esachivalaya.common.middleware.any_name_for_watchers",
    "esachivalaya.common.middleware.permissions_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are read on 2G. Tokens in them are masked anew each time: their length tells nothing.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "esachivalaya.common.language.switch_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "esachivalaya.accounts.bounds.keep_within_bounds",
    "django_otp.middleware.OTPMiddleware",
    # None before it has asked the database for anything: session and user are read when needed.
    "esachivalaya.common.middleware.no_nul",
    "esachivalaya.accounts.language.keep_language",
    "esachivalaya.accounts.login_required.SignInFirst",
    "esachivalaya.accounts.proved_lately.ProveAgainFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "esachivalaya.common.typed.say_what_was_masked",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "esachivalaya.pages.views.method_not_allowed",
    "axes.middleware.AxesMiddleware",
]

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
                "esachivalaya.pages.context.portal",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {
    "default": {
        **(OWNER_DATABASE if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS else DATABASE),
        # Everything must work through a pooler in transaction mode.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
# Reports that only read may be told a replica of it.
REPORTS_DATABASE = environment.parsed(
    "DATABASE_REPORTS_URL",
    environment.no_or_postgres,
    default="",
    hint="Write it as postgresql://user:password@replica:5432/name, or leave it empty.",
)
if REPORTS_DATABASE:
    DATABASES["reports"] = {**DATABASES["default"], **REPORTS_DATABASE}
DATABASE_ROUTERS = ["esachivalaya.common.reading.Router"]
# The role that append-only tables are closed to; see common/append_only.py.
DATABASE_APP_ROLE = str(DATABASE["USER"])

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# --- who signs in ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "esachivalaya.accounts.backends.StaffBackend",
    "esachivalaya.accounts.backends.HouseholdBackend",
]
LOGIN_URL = reverse_lazy("accounts:sign-in")
LOGIN_REDIRECT_URL = reverse_lazy("home")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "esachivalaya.accounts.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "esachivalaya.pages.views.csrf_failure"
OTP_TOTP_ISSUER = "e-Sachivalaya"
# Five wrong passwords lock one account from one address for a quarter of an hour: long enough to
# make guessing useless, too short and too narrow to lock somebody else out (accounts/lockout.py).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "esachivalaya.accounts.lockout.counted_as"
AXES_LOCKOUT_CALLABLE = "esachivalaya.accounts.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "esachivalaya.accounts.client_address.network_of"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
# What counts for the lock goes after a quarter of an hour; that somebody failed stays for a year.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_HANDLER = "esachivalaya.accounts.lockout.Handler"

# --- the browser's side ---
SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
# With this prefix a browser takes them from this host alone, over TLS: no neighbour under the same
# domain can plant one.
SESSION_COOKIE_NAME = "__Host-sessionid" if SECURE else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SECURE else "csrftoken"
KNOWN_COOKIE_NAME = "__Host-known" if SECURE else "known"
KNOWN_NUMBER_COOKIE_NAME = "__Host-known-number" if SECURE else "known-number"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        **({"upgrade-insecure-requests": True} if SECURE else {}),
    }
}

# --- languages and time ---
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"
LANGUAGE_CODE = "hi"
LANGUAGES = [("hi", _("Hindi")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE

# --- files ---
STATIC_URL = "static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", default=str(BASE_DIR / ".run" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where papers and seals are kept; empty: in folders of DATA_DIR. More than one node needs a store.
UPLOADS = environment.parsed(
    "UPLOADS_URL",
    environment.no_or_store,
    default="",
    hint="Write it as s3://key:secret@store.example.in/bucket, or leave it empty.",
)
STORAGES = {
    # No base_url: papers are served only through an access check.
    "default": environment.kept(UPLOADS, "papers")
    or {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "papers", "base_url": None},
    },
    # The seals of the audit record.
    "seals": environment.kept(UPLOADS, "anchors", write_once=True)
    or {"BACKEND": "esachivalaya.audit.seal_store.Folder"},
    "staticfiles": {"BACKEND": "esachivalaya.common.static_storage.ModulesByContent"},
}
# Where ClamAV's clamd listens; empty: papers are not scanned.
CLAMD_ADDRESS = environment.parsed(
    "CLAMD_ADDRESS",
    environment.clamd,
    default="",
    hint="Write it as clamav:3310 or /run/clamav/clamd.sock, or leave it empty.",
)
# Three papers of 5 MB and the form around them.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
# The most of any form are six scans; who chooses some more is told so in words.
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
# The first one stops a file at 5 MB while it is still coming in.
FILE_UPLOAD_HANDLERS = [
    "esachivalaya.common.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- workers ---
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# soft limit < hard limit < lease of a claim < visibility timeout
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The workers log as everybody here does: see LOGGING.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Kolkata"
CELERY_BEAT_SCHEDULE = {
    "enforce-deadlines": {"task": "appointments.enforce_deadlines", "schedule": 60.0},
    "change-numbers": {"task": "accounts.change_numbers", "schedule": 60.0},
    "follow-up-meetings": {"task": "appointments.follow_up", "schedule": 3600.0},
    "draw-earlier": {"task": "appointments.draw_earlier", "schedule": 30.0},
    "draw-lots": {"task": "appointments.draw_lots", "schedule": 60.0},
    "roll-up-promise": {"task": "appointments.roll_up", "schedule": 300.0},
    # A day is counted once; asked more often, since beat may be restarted at any hour.
    "roll-up-eoffice": {"task": "eoffice.roll_up", "schedule": 900.0},
    # Only the newest one is done: a busy worker does not do the ones that were missed as well.
    "hand-over-appeals": {"task": "plasma.hand_over", "schedule": 5.0, "options": {"expires": 10}},
    "end-campaigns": {"task": "plasma.end_campaigns", "schedule": 60.0},
    # Once a day would do; asked more often, since beat may be restarted at any hour.
    "erase-due-donors": {"task": "plasma.erase_due", "schedule": 3600.0},
    "expire-pledges": {"task": "plasma.expire_pledges", "schedule": 3600.0},
    "end-unrecorded-visits": {"task": "plasma.end_unrecorded", "schedule": 3600.0},
    "sweep-meetings": {"task": "meetings.sweep", "schedule": 30.0},
    "report-charges": {"task": "eoffice.report_charges", "schedule": 900.0},
    "close-questions": {"task": "eoffice.close_questions", "schedule": 300.0},
    "send-messages": {"task": "notifications.send_messages", "schedule": 10.0},
    # Seals once a day; asked more often, since beat may be restarted at any hour.
    "audit-anchor": {"task": "audit.anchor", "schedule": 3600.0},
    "sweep-old-rows": {"task": "common.sweep_old_rows", "schedule": 3600.0},
}

# --- logs: no personal data, one line a record ---
# "json" for whoever collects them, "line" for a person at a terminal.
LOG_FORMAT = environment.parsed(
    "LOG_FORMAT",
    environment.one_of("json", "line"),
    default="json",
    hint="Write 'json' or 'line'.",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "esachivalaya.common.request_ids.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "esachivalaya.common.logs.WithoutRows",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "esachivalaya.common.logs.AsJson"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # At a terminal a line for each request is in the way of what one looks for.
        "esachivalaya.common.middleware": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
}

# --- for those who watch over the portal ---
# Whoever brings this token, or calls directly from one of these networks, may read /metrics and the
# figures of /readyz. Without both nobody may.
METRICS_TOKEN = environment.text("METRICS_TOKEN", default="")
METRICS_NETWORKS = environment.parsed(
    "METRICS_NETWORKS",
    environment.networks,
    default="",
    hint="Write networks as 10.20.0.0/16, separated by commas.",
)
# Where errors are reported to, if anywhere: a Sentry of one's own.
SENTRY_DSN = environment.parsed(
    "SENTRY_DSN",
    environment.no_or_sentry,
    default="",
    hint="Write it as https://key@sentry.example.in/1, or leave it empty.",
)
SILENCED_SYSTEM_CHECKS: list[str] = []
