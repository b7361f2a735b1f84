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
    first_steps: "FirstNames | None" = None
    """Set where an operator made the account: names and a password must be chosen before the first code."""


@dataclass(frozen=True, slots=True)
class FirstNames:
    """What an operator called somebody when they made the account; blank where they did not."""

    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A new account's person, signed in, and the recovery codes that are shown this once."""

    identity: Identity
    recovery_codes: tuple[str, ...] = field(repr=False)
