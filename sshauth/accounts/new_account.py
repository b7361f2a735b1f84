"""What the Create account form holds, and whether it can be accepted."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from sshauth.accounts import rules
from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.errors import DIFFERENT_PASSWORDS, InvalidForm
from sshauth.accounts.peer import Peer
from sshauth.accounts.strength import Strength


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What the Create account form holds."""

    first_name: str
    last_name: str
    user_name: str
    email: str
    password: str = field(repr=False)
    repeat_password: str = field(repr=False)
    invitation: str = field(default="", repr=False)
    """The code of one, where it takes one."""


@dataclass(frozen=True, slots=True)
class NewPasswordCheck:
    """Checks a new password, given twice, against its owner's words and what thieves try first."""

    strength: Strength

    async def problems(
        self, password: str, repeat_password: str, *own_words: str, source: str, known: bool = False
    ) -> dict[str, str]:
        """Give words for each of the two fields that cannot be accepted (ASVS 6.2.4, 6.2.11)."""
        problems = {} if password == repeat_password else dict(DIFFERENT_PASSWORDS)
        try:
            checked = rules.check_password(password)
        except ValueError as error:
            return problems | {"password": str(error)}
        verdict = await self.strength.judge(checked, own_words=own_words, source=source, known=known)
        return problems if verdict.is_enough else problems | {"password": verdict.advice}


@dataclass(frozen=True, slots=True)
class NewAccountCheck:
    """Checks the whole form."""

    passwords: NewPasswordCheck
    app_name: str
    entrance: EntrancePolicy

    async def __call__(self, form: NewAccount, peer: Peer) -> dict[str, str]:
        """Give names and address as they will be kept.

        Raises:
            InvalidForm: with words for each field that cannot be accepted.
        """
        checks: dict[str, Callable[[str], str]] = {
            "first_name": rules.check_name,
            "last_name": rules.check_name,
            "user_name": lambda text: rules.check_user_name(text, app_name=self.app_name),
            "email": self.entrance.check_email,
        }
        values, problems = rules.check_each(checks, asdict(form))
        problems |= await self.passwords.problems(
            form.password,
            form.repeat_password,
            form.user_name,
            form.email,
            form.first_name,
            form.last_name,
            source=peer.source,
        )
        if problems:
            raise InvalidForm(problems)
        return values
