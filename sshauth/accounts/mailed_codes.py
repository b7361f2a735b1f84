"""Mailed codes: 80 bits, derived and never stored, bound to what they are for. Pure."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import Signer

from sshauth.accounts import crockford

_BYTES = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """What a code is for and bound to: when one part changes, the code is dead."""

    purpose: str
    parts: tuple[str, ...]


def for_reset(request_id: UUID, user_id: UUID, email_canonical: str, password_generation: int) -> Subject:
    """Bind to a reset: a later request, a new password or another address kills the code."""
    return Subject("reset", (request_id.hex, user_id.hex, email_canonical, str(password_generation)))


def for_registration(registration_id: UUID, email_canonical: str) -> Subject:
    """Bind to a registration and the address that it is to confirm."""
    return Subject("registration", (registration_id.hex, email_canonical))


def for_new_email(request_id: UUID, user_id: UUID, email_canonical: str) -> Subject:
    """Bind to a change of address: a later request kills the code."""
    return Subject("new email", (request_id.hex, user_id.hex, email_canonical))


def for_enrolment(request_id: UUID, user_id: UUID, email_canonical: str) -> Subject:
    """Bind to a reset of an authenticator: a later one, or another address, kills the code.

    Not to the password, which is asked for beside it.
    """
    return Subject("enrolment", (request_id.hex, user_id.hex, email_canonical))


@dataclass(frozen=True, slots=True)
class MailedCodes:
    """Makes and checks mailed codes under one secret key (OWASP Forgot Password, ASVS 6.5.5)."""

    signer: Signer

    @classmethod
    def under(cls, secret_key: str) -> "MailedCodes":
        """Derive a signer of mailed codes, and of nothing else, from the server's secret key."""
        return cls(
            Signer(
                secret_key,
                salt="sshauth.mailed-code",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )
        )

    def code_for(self, subject: Subject) -> str:
        """Derive the code: four groups of four Crockford characters."""
        return crockford.in_groups(self._characters(subject))

    def matches(self, typed: str, subject: Subject) -> bool:
        """Tell whether what was typed is this subject's code, in constant time."""
        return hmac.compare_digest(
            crockford.normalise(typed).encode(errors="replace"), self._characters(subject).encode()
        )

    def _characters(self, subject: Subject) -> str:
        # Joined by a character that no part can hold.
        signature = self.signer.get_signature("\0".join((subject.purpose, *subject.parts)))
        return crockford.encode(hashlib.sha256(signature).digest()[:_BYTES])
