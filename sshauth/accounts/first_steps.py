"""The first steps of somebody whose account an operator made: names and a password of their own."""

from dataclasses import asdict, dataclass, field

from sshauth.accounts import rules
from sshauth.accounts.enrolment import Enrolment
from sshauth.accounts.errors import InvalidForm
from sshauth.accounts.new_account import NewPasswordCheck
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import Peer

NAMES = {"first_name": rules.check_name, "last_name": rules.check_name}


@dataclass(frozen=True, slots=True)
class FirstForm:
    """What the form holds."""

    first_name: str
    last_name: str
    password: str = field(repr=False)
    repeat_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen, to be kept once the authenticator gives its first code."""

    first_name: str
    last_name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The use case, for who has given the mailed code of an account without a password."""

    passwords: Passwords
    check: NewPasswordCheck

    async def choose(self, enrolment: Enrolment, form: FirstForm, peer: Peer) -> Chosen:
        """Check names and password; nothing is kept yet.

        Raises:
            InvalidForm: with words for each field that cannot be accepted.
            Busy: too many passwords wait to be hashed.
        """
        values, problems = rules.check_each(NAMES, asdict(form))
        problems |= await self.check.problems(
            form.password,
            form.repeat_password,
            enrolment.user_name,
            enrolment.email,
            form.first_name,
            form.last_name,
            source=peer.source,
            known=True,
        )
        if problems:
            raise InvalidForm(problems)
        password_hash = await self.passwords.hash(form.password, source=peer.source, known=True)
        return Chosen(**values, password_hash=password_hash)
