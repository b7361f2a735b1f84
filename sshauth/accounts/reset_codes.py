"""Reset codes: 80 bits, derived and never stored, bound to what they are for. Pure."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import Signer

from sshauth.accounts import crockford

_BYTES = 10


@dataclass(frozen=True, slots=True)
class ResetSubject:
    """What a reset code is bound to: a later request, a new password or another address kills it."""

    request_id: UUID
    user_id: UUID
    email_canonical: str
    password_generation: int


@dataclass(frozen=True, slots=True)
class ResetCodes:
    """Makes and checks reset codes under one secret key (OWASP Forgot Password, ASVS 6.5.5)."""

    signer: Signer

    @classmethod
    def under(cls, secret_key: str) -> "ResetCodes":
        """Derive a signer of reset codes, and of nothing else, from the server's secret key."""
        return cls(
            Signer(
                secret_key,
                salt="sshauth.reset-code",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )
        )

    def code_for(self, subject: ResetSubject) -> str:
        """Derive the code: four groups of four Crockford characters."""
        return crockford.in_groups(self._characters(subject))

    def matches(self, typed: str, subject: ResetSubject) -> bool:
        """Tell whether what was typed is this subject's code, in constant time."""
        return hmac.compare_digest(crockford.normalise(typed).encode(), self._characters(subject).encode())

    def _characters(self, subject: ResetSubject) -> str:
        # Joined by a character that no part can hold.
        payload = "\0".join(
            (
                subject.request_id.hex,
                subject.user_id.hex,
                subject.email_canonical,
                str(subject.password_generation),
            )
        )
        signature = self.signer.get_signature(payload)
        return crockford.encode(hashlib.sha256(signature).digest()[:_BYTES])
