"""What the command does and says that restores the database from a backup."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sshauth import keys
from sshauth.accounts import totp
from sshauth.accounts.after_restore import Voided, void_what_is_over
from sshauth.accounts.check_values import SECRET_KEY, TOTP_KEYS, Secrets
from sshauth.accounts.clock import utc_now
from sshauth.accounts.sealed_rows import Sealed, opens
from sshauth.accounts.stillness import LOST_AFTER
from sshauth.accounts.vault import Vault
from sshauth.config import Settings
from sshauth.db.backup_file import Backup
from sshauth.db.dump import BackupError
from sshauth.db.restore import check_empty, check_revision, restore
from sshauth.ground import StartError, sentence
from sshauth.operating.databases import AUDIT, here, opened
from sshauth.operating.tables import counted

AS_BEFORE = (
    "As they were then, again: passwords, recovery codes, remembered keys, and accounts that were disabled "
    "or deleted since. Look them over: sshauth user list"
)

GO_ON = "Now have a new SECRET_KEY taken for good. Type: sshauth secrets rotate --lost"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a backup holds that the keys must fit."""

    sealed: tuple[Sealed, ...]
    """The first secret of an authenticator and the last."""
    check_values: Mapping[str, str]


async def restore_from(settings: Settings, path: Path, confirm: Say, say: Say, *, lost: bool = False) -> None:
    """Fill an empty database from a backup, once ``confirm`` has let that happen; end what is over.

    Without the SECRET_KEY that it was made under only if that is ``lost``.

    Raises:
        StartError: the backup cannot be used, the keys do not fit it, or the database is not empty.
    """
    with _opened(path) as backup:
        _check_keys(settings, _look_through(backup), lost=lost)
        async with opened(settings, make=True) as database:
            await check_empty(database, utc_now() - LOST_AFTER)
            what = (
                f"{counted(backup.about.rows.get('users', 0), 'account')} as of {backup.about.when} "
                f"into the database ({database.name})"
            )
            confirm(f"Restore {what}? Whatever happened since is not in the backup.")
            now = utc_now()
            void = partial(void_what_is_over, audit=AUDIT, peer=here(), now=now, backup_of=backup.about.when)
            voided = await restore(database, backup, now - LOST_AFTER, void)
    of_keys = (*_of_host_keys(settings), *([GO_ON] if lost else ()))
    for line in (f"Restored {what}.", *_what_ended(voided, now), *of_keys):
        say(line)


def _what_ended(voided: Voided, now: datetime) -> Iterator[str]:
    sessions, requests = counted(voided.sessions, "live session"), counted(voided.requests, "request")
    yield f"Ended: {sessions}, {requests} waiting for a mailed code, {counted(voided.mails, 'mail')} waiting."
    valid_from = (totp.step_at(now) + totp.WINDOW + 1) * totp.STEP_SECONDS
    yield (
        "Everybody signs in with the authenticator that they had. What it shows before "
        f"{datetime.fromtimestamp(valid_from, UTC):%H:%M:%S} UTC is void: it may have been used."
    )
    yield AS_BEFORE
    if voided.without_authenticator:
        yield (
            "Who has no authenticator needs: sshauth user reset-authenticator NAME. "
            f"That is: {', '.join(voided.without_authenticator)}"
        )


def _of_host_keys(settings: Settings) -> Iterator[str]:
    if not settings.host_keys_dir.exists():
        yield (
            f"HOST_KEYS_DIR ({settings.host_keys_dir}) is not there. Put your copy back before the start: "
            "of new host keys everybody's SSH client warns."
        )


def _opened(path: Path) -> Backup:
    try:
        backup = Backup(path)
    except BackupError as error:
        raise StartError(str(error)) from None
    return backup


def _look_through(backup: Backup) -> Checked:
    """Read all of a backup, so that a damaged one is known before anything is done."""
    sealed: list[Sealed] = []
    check_values: dict[str, str] = {}
    try:
        check_revision(backup)
        for shape, rows in backup.batches():
            if shape.name == "authenticators":
                sealed += [(row["user_id"], row["secret_encrypted"]) for row in rows]
                del sealed[1:-1]
            if shape.name == "check_values":
                check_values |= {row["name"]: row["value"] for row in rows}
    except BackupError as error:
        raise StartError(str(error)) from None
    return Checked(tuple(sealed), check_values)


def _check_keys(settings: Settings, checked: Checked, *, lost: bool) -> None:
    if not checked.sealed and not checked.check_values:
        return
    missing = [file for file in keys.key_files(settings) if not file.exists()]
    if lost:
        missing = [file for file in missing if file != keys.secret_key_file(settings)]
    if missing:
        raise StartError(
            f"The keys that this backup needs are missing: {', '.join(map(str, missing))}. Put your copy "
            "there, or set SECRET_KEY and TOTP_KEYS. Nothing was changed."
        )
    with sentence(f"Cannot use DATA_DIR ({settings.data_dir})"):
        own_keys = keys.load_or_make(settings, sealed_before=True) if lost else keys.load(settings)
    wrong = Secrets(own_keys.secret_keys, own_keys.totp_keys).wrong(checked.check_values)
    if TOTP_KEYS in wrong or not opens(Vault(own_keys.totp_keys), checked.sealed):
        raise StartError(
            "TOTP_KEYS is not the key that the authenticators in this backup were sealed with. "
            "Nothing was changed."
        )
    if SECRET_KEY in wrong and not lost:
        raise StartError(
            "SECRET_KEY is not the one that this backup was made under. Put that back, or add --lost if it "
            "is lost. Nothing was changed."
        )
