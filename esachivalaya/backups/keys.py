"""The keys that a restored portal needs: listed by name in every archive, never kept in one.

Two of them the data depend on. An archive carries a proof of each, by which a restore sees whether
it was given the same ones; neither can be found from its proof.
"""

import hmac
from collections.abc import Mapping

from django.conf import settings
from django.utils.crypto import salted_hmac

# What is lost with each.
KEYS: Mapping[str, str] = {
    "SECRET_KEY": "PINs, short links and sessions are checked by it; people who asked to be "
    "forgotten are recognised by it",
    "AUDIT_ANCHOR_KEY": "the daily seals of the audit record are signed by it, and this archive",
    "the private key of BACKUP_RECIPIENTS": "an encrypted archive opens with it alone",
    "DATABASE_URL": "the password of the portal's role",
    "DATABASE_OWNER_URL": "the password of the owner of the tables",
    "DATABASE_REPORTS_URL": "the password of the replica that reports read",
    "REDIS_URL": "the password of Redis",
    "UPLOADS_URL": "the key of the store that papers and seals are kept in",
    "EMAIL_URL": "the password of the mail server",
    "TWILIO_AUTH_TOKEN": "the account of the SMS gateway",
    "TURN_SECRET": "shared with the relay of the meetings",
    "JITSI_APP_SECRET": "shared with Jitsi Meet",
    "METRICS_TOKEN": "shared with whoever collects the figures",
    "SENTRY_DSN": "where errors are reported to",
    "privkey.pem of CERTIFICATES": "the portal's certificate",
}


def proof_of_secret_key(nonce: str) -> str:
    """Return what only our SECRET_KEY makes of ``nonce``."""
    return salted_hmac("backups.secret-key", nonce, algorithm="sha256").hexdigest()


def signature(content: bytes) -> str:
    """Sign an archive's manifest with AUDIT_ANCHOR_KEY; no seal has this beginning."""
    key = settings.AUDIT_ANCHOR_KEY.encode()
    return hmac.new(key, b"backup\n" + content, "sha256").hexdigest()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)
