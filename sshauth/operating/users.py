"""What the commands about users do and say. They change the database; a running service follows by itself."""

from collections.abc import Callable
from dataclasses import asdict

from sshauth.accounts.console import Newcomer, SetUpCode
from sshauth.config import Settings
from sshauth.db.tables import User
from sshauth.greeting import outbox
from sshauth.mail.layout import moment as in_a_sentence
from sshauth.operating.accounts import known, reached
from sshauth.operating.tables import as_json, counted

Say = Callable[[str], None]
Ask = Callable[[str], None]
"""Asks for a yes, and does not return without."""


async def create(
    settings: Settings, newcomer: Newcomer, say: Say, *, is_admin: bool, is_shown: bool, in_json: bool
) -> None:
    """Make an account for somebody, who sets their password and authenticator with a code.

    Raises:
        InvalidForm: the name or the address cannot be one.
        Taken: it has an account.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        made = await it.console.create(newcomer, is_shown=is_shown)
        if is_admin:
            await it.promotion.promote(made.user_name, it.console.peer)
    what = f"Made the account {made.user_name}{', an administrator' if is_admin else ''}."
    _say_code(settings, made, what, say, in_json=in_json)


async def reset_authenticator(
    settings: Settings, user_name: str, ask: Ask, say: Say, *, is_shown: bool, in_json: bool
) -> None:
    """Take somebody's authenticators away; with a code they set up a new one.

    Raises:
        GoneAway: nobody has that user name.
        Disabled: the account is disabled.
        StartError: the database cannot be used.
    """

    def agree(user: User) -> None:
        if user.password_hash:
            ask(
                f"Take authenticators, recovery codes and SSH keys of {user.user_name} ({user.email}) away, "
                "and end all of their sessions?"
            )

    async with reached(settings) as it:
        with known(user_name):
            code = await it.console.reset_authenticator(user_name, agree, is_shown=is_shown)
    what = f"The authenticator of {code.user_name} is reset; their sessions have ended."
    if not code.has_password:
        what = f"{code.user_name} has not set up the account yet: there is a new code."
    _say_code(settings, code, what, say, in_json=in_json)


async def set_disabled(settings: Settings, user_name: str, say: Say, *, disabled: bool) -> None:
    """Let nobody sign in to an account any more, or again.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        with known(user_name):
            changed = await it.console.set_disabled(user_name, disabled=disabled)
    if not changed:
        say(f"{user_name} is {'disabled' if disabled else 'not disabled'}: nothing was changed.")
    elif disabled:
        say(f"{user_name} is disabled; their sessions have ended.")
    else:
        say(f"{user_name} may sign in again.")


async def end_sessions(settings: Settings, user_name: str, say: Say) -> None:
    """End every live session of somebody.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        with known(user_name):
            ended = await it.console.end_sessions(user_name)
    say(
        f"Ended {counted(ended, 'session')} of {user_name}." if ended else f"{user_name} has no live session."
    )


async def delete(settings: Settings, user_name: str, ask: Ask, say: Say) -> None:
    """Delete an account and all that belongs to it.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """

    def agree(user: User) -> None:
        ask(f"Delete the account {user.user_name} ({user.email}) and all that belongs to it?")

    async with reached(settings) as it:
        with known(user_name):
            await it.console.delete(user_name, agree)
    say(f"The account {user_name} is deleted.")


async def promote(settings: Settings, user_name: str, say: Say) -> None:
    """Make somebody an administrator.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        with known(user_name):
            changed = await it.promotion.promote(user_name, it.console.peer)
    say(f"{user_name} is an administrator {'from the next sign-in on' if changed else 'already'}.")


async def demote(settings: Settings, user_name: str, say: Say) -> None:
    """Make somebody no administrator.

    Raises:
        GoneAway: nobody has that user name.
        StartError: the database cannot be used.
    """
    async with reached(settings) as it:
        with known(user_name):
            changed = await it.promotion.demote(user_name, it.console.peer)
    say(f"{user_name} is no administrator{' any more; their sessions have ended' if changed else ''}.")


def _say_code(settings: Settings, code: SetUpCode, what: str, say: Say, *, in_json: bool) -> None:
    """Say how the person gets on: with a code that is shown here, or with one that is mailed."""
    if in_json:
        mailed = not code.code
        fields = {**asdict(code), "code": code.code or None, "mailed": mailed}
        say(as_json({**fields, "ssh_command": settings.ssh_command}))
        return
    say(what)
    until = f"it works once, until {in_a_sentence(code.expires_at)}"
    if code.code:
        password = "type their password" if code.has_password else "leave the password empty"
        say(f"Give this code to its person; {until}:\n\n  {code.code}\n")
        say(
            f"They connect with:\n\n  {settings.ssh_command}\n\n"
            f"On the Sign in screen they type the user name {code.user_name}, {password}, and type the code "
            "in the Code field."
        )
        return
    say(f"The running service mails a code to {code.email}; {until}.")
    if settings.mail is None:
        say(
            f"No mail server is set (MAIL_SERVER): the mail is written as a file to {outbox(settings)}. "
            f"To be shown a code here: sshauth user reset-authenticator {code.user_name} --print"
        )
