"""Who may have an account. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sshauth.accounts import rules


class Entrance(StrEnum):
    """Who may create an account."""

    OPEN = "open"
    """Everybody."""
    INVITE = "invite"
    """Whoever was invited."""
    CLOSED = "closed"
    """Nobody: accounts are made by command."""


@dataclass(frozen=True, slots=True)
class EntrancePolicy:
    """What an operator may set about it."""

    entrance: Entrance = Entrance.OPEN
    domains: Sequence[str] = ()
    """Where addresses of accounts must be; none: anywhere."""
    ask: str = "the people who run this place"
    """Whom to ask for an account or an invitation."""

    def check_email(self, text: str) -> str:
        """Check an address that an account is to have, and give it as it will be kept.

        Raises:
            ValueError: with words for the person.
        """
        return rules.check_email(text, domains=self.domains)
