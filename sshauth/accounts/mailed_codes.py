"""Mailed codes: 80 bits, derived and never stored, bound to what they are for. Pure."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from itsdangerous import Signer

from sshauth.accounts import crockford
from sshauth.accounts.keyed_hash import Derived, SecretKey

_BYTES = 10
_SHELF = 4


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


def for_invitation(request_id: UUID, email_canonical: str) -> Subject:
    """Bind to an invitation of an address: a later one kills the code."""
    return Subject("invitation", (request_id.hex, email_canonical))


@dataclass(frozen=True, slots=True)
class MailedCodes:
    """Makes mailed codes under the newest secret key, and checks them under all (OWASP Forgot Password)."""

    signers: Callable[[], Sequence[Signer]] = field(repr=False)

    @classmethod
    def under(cls, secret_key: SecretKey) -> "MailedCodes":
        """Derive signers of mailed codes, and of nothing else, from the server's secret keys."""
        return cls(Derived(secret_key, _signer))

    def code_for(self, subject: Subject) -> str:
        """Derive the code: four groups of four Crockford characters."""
        return crockford.in_groups(_characters(self.signers()[0], subject))

    def code_on(self, shelf: str, subject: Subject) -> str:
        """Derive the code that was put on a shelf, whichever key was the newest then."""
        for signer in self.signers():
            characters = _characters(signer, subject)
            if _shelf(signer, characters) == shelf:
                return crockford.in_groups(characters)
        return self.code_for(subject)

    def shelf_of(self, code: str) -> str:
        """Tell where to put what a code belongs to, where nothing else tells that.

        Twenty bits of a keyed hash: who reads them learns nothing of the code.
        """
        return _shelf(self.signers()[0], code)

    def shelves_of(self, code: str) -> Sequence[str]:
        """Tell where to look for what a code belongs to."""
        return [_shelf(signer, code) for signer in self.signers()]

    def matches(self, typed: str, subject: Subject) -> bool:
        """Tell whether what was typed is this subject's code, in constant time."""
        code = crockford.normalise(typed).encode(errors="replace")
        matching = [
            hmac.compare_digest(code, _characters(signer, subject).encode()) for signer in self.signers()
        ]
        return any(matching)


def _signer(secret_key: str) -> Signer:
    return Signer(secret_key, salt="sshauth.mailed-code", key_derivation="hmac", digest_method=hashlib.sha256)


def _characters(signer: Signer, subject: Subject) -> str:
    # Joined by a character that no part can hold.
    signature = signer.get_signature("\0".join((subject.purpose, *subject.parts)))
    return crockford.encode(hashlib.sha256(signature).digest()[:_BYTES])


def _shelf(signer: Signer, code: str) -> str:
    return _characters(signer, Subject("shelf", (crockford.normalise(code),)))[:_SHELF]
