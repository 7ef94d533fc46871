"""Fight tickets: what a fight was opened with, signed, so that the server needs to remember nothing.

A ticket is url-safe text of 122 characters: packed fields and their HMAC-SHA256. The key comes from
MM_SECRET, or is made once and kept in the data directory, readable by its owner only.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import os
import secrets
import struct
from dataclasses import dataclass
from pathlib import Path

from features import RULES_VERSION, SEED_LIMIT, TIERS
from service.http import ServiceError
from service.settings import SettingsError

LIFETIME_SECONDS = 60 * 60
KEY_NAME = "ticket.key"
KEY_SIZE = 32

FORMAT_VERSION = 1
_LAYOUT = struct.Struct(">BBHIQ12s32s")  # format, tier, rules version, seed, time, fight, weights
_MAC_SIZE = 32
_PURPOSE = b"modular-mind fight ticket\0"  # the key may sign other things too: these are told apart


@dataclass(frozen=True, slots=True)
class Ticket:
    """The terms of one fight."""

    fight: str  # random identity, 24 hexadecimal digits
    seed: int  # 0 to SEED_LIMIT - 1
    tier: str
    weights: str  # SHA-256 of the mind's published JSON, hexadecimal
    rules_version: int
    issued: int  # seconds since 1970

    @property
    def expires(self) -> int:
        """Seconds since 1970 from which the ticket is refused."""
        return self.issued + LIFETIME_SECONDS


def new_ticket(tier: str, weights: str, now: float) -> Ticket:
    """A ticket with a fight identity and a seed that nobody can foresee."""
    return Ticket(
        secrets.token_hex(12), secrets.randbelow(SEED_LIMIT), tier, weights, RULES_VERSION, int(now)
    )


def sign(key: bytes, ticket: Ticket) -> str:
    """The ticket as text."""
    packed = _LAYOUT.pack(
        FORMAT_VERSION,
        TIERS.index(ticket.tier),
        ticket.rules_version,
        ticket.seed,
        ticket.issued,
        bytes.fromhex(ticket.fight),
        bytes.fromhex(ticket.weights),
    )
    return base64.urlsafe_b64encode(packed + _mac(key, packed)).rstrip(b"=").decode("ascii")


def verify(key: bytes, text: str, now: float) -> Ticket:
    """The ticket in a text; raises ServiceError: 401 no ticket, 403 not signed here, 410 expired.

    Whether its weights and rules are still served is for the caller to say.
    """
    ticket = read_ticket(key, text)
    if now >= ticket.expires:
        raise ServiceError(410, "ticket_expired", "This ticket has expired; open a new fight.", "ticket")
    return ticket


def read_ticket(key: bytes, text: str) -> Ticket:
    """The ticket in a text, expired or not; raises ServiceError: 401 no ticket, 403 not signed here."""
    data = _decode(text)
    packed, mac = data[: _LAYOUT.size], data[_LAYOUT.size :]
    if not hmac.compare_digest(mac, _mac(key, packed)):
        raise ServiceError(403, "ticket_foreign", "This ticket was not signed by this server.", "ticket")
    version, tier, rules_version, seed, issued, fight, weights = _LAYOUT.unpack(packed)
    if version != FORMAT_VERSION or tier >= len(TIERS):
        raise ServiceError(410, "ticket_outdated", "This ticket is in a form of the past.", "ticket")
    return Ticket(fight.hex(), seed, TIERS[tier], weights.hex(), rules_version, issued)


def _decode(text: str) -> bytes:
    malformed = ServiceError(401, "ticket_malformed", "This is not a ticket.", "ticket")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise malformed from None
    canonical = base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
    if len(data) != _LAYOUT.size + _MAC_SIZE or canonical != text:  # one ticket has one spelling
        raise malformed
    return data


def _mac(key: bytes, packed: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + packed, "sha256")


# ---------------------------------------------------------------------------- the key
def signing_key(secret: str | None, data_dir: Path) -> bytes:
    """32 bytes from the secret, else from the data directory's key file, made at the first start.

    Where the file can neither be read nor made, the key lasts as long as the process, and the log says so:
    the service works, only the tickets of other processes are foreign to it.
    """
    if secret is not None:
        return hashlib.sha256(secret.encode("utf-8")).digest()
    path = data_dir / KEY_NAME
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create_key(path)
        os.chmod(path, 0o600)
        key = path.read_bytes()
    except OSError as error:
        logging.getLogger(__name__).warning(
            "%s cannot be kept (%s): tickets will not outlive this process", path, error.strerror
        )
        return secrets.token_bytes(KEY_SIZE)
    if len(key) != KEY_SIZE:
        raise SettingsError(
            f"{path} holds {len(key)} bytes, not a key of {KEY_SIZE}; delete it to make another"
        )
    return key


def _create_key(path: Path) -> None:
    """Writes a new key so that two servers starting together end up with the same, whole one."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_SIZE))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails when the other server was first
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
