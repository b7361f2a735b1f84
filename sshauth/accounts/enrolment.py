"""What a new authenticator, and a new account, hand on to the screens. Pure."""

from dataclasses import dataclass, field
from uuid import UUID

from sshauth.accounts.peer import Identity


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An authenticator that waits for its first code, and what the app on the phone needs to know."""

    id: UUID
    user_name: str
    email: str
    address_confirmed: bool
    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """A new account's person, signed in, and the recovery codes that are shown this once."""

    identity: Identity
    recovery_codes: tuple[str, ...] = field(repr=False)
