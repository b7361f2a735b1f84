"""Keys: SSH keys that stand for the password; remembering, renaming and removing one."""

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from sshauth.accounts.errors import AccountError, KeyOfAnother, TooManyKeys
from sshauth.accounts.key_rows import MOST_KEYS
from sshauth.accounts.ssh_keys import KeyInfo
from sshauth.times import ago, exactly
from sshauth.tui.fields import Field
from sshauth.tui.form import BACK, Link
from sshauth.tui.list_room import LIST_HELP, TIME_HELP, ListRoom
from sshauth.tui.question import QuestionScreen
from sshauth.tui.room import Room
from sshauth.tui.rows import REST, Column, Row, visible

WHAT_THEY_DO = "A remembered key stands for your password; the code is still asked."
NONE_PROVEN = (
    f"{WHAT_THEY_DO} ssh-keygen makes a key; your agent, or ssh -i FILE, offers it. Connect with it, and "
    "it can be remembered here. Password and code sign you in without one."
)
PREFIX = "SHA256:"
"""Begins all fingerprints: in a list it would take the place of what tells them apart."""
NEVER = datetime.min.replace(tzinfo=UTC)
NOTHING_SELECTED = "There is no key to do that with."
OFFERED = "Press F7 to have it remembered."
REMEMBERED = "This key is remembered: the next time you connect, only the code is asked."


class KeysScreen(ListRoom):
    """Lists the remembered keys of the account."""

    HEADING = "Keys"
    HELP: ClassVar[str] = (
        "SSH keys that sign you in with a code alone, without the password. A connection that has proven a "
        f"key can have it remembered with F7. {LIST_HELP} {TIME_HELP}"
    )
    COLUMNS = (
        Column("Name", 22, REST, wide=REST),
        Column("Fingerprint", REST, 16, wide=43),
        Column("Added", 14, 0),
        Column("Last used", 14, 14),
    )
    EMPTY = "No key is remembered."
    LINKS: ClassVar[tuple[Link, ...]] = (
        Link("f5", "F5 Remove", "remove_key", beside=True),
        Link("f6", "F6 Rename", "rename_key", beside=True),
        Link("f7", "F7 Remember this connection's key", "remember_key", beside=True),
        BACK,
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._keys: dict[Hashable, KeyInfo] = {}
        self._is_offered = False
        self._is_of_another = False

    async def load(self) -> None:
        """Show the keys as they are now."""
        keys = await self.accounts.ssh_keys.all(self.me, self.peer)
        now = self.accounts.security.clock()
        self._keys = {each.id: each for each in keys}
        self._is_offered = self.peer.key is not None and not any(each.is_this for each in keys)
        self._is_of_another = await self._belongs_to_another()
        self.rows.show([_row(each, now, self.zone) for each in keys])
        self.offer("remove_key", "rename_key", there=bool(keys))
        self.offer("remember_key", there=self._is_offered)

    def on_mount(self) -> None:
        """Offer nothing before it is known what there is."""
        super().on_mount()
        self.offer("remove_key", "rename_key", "remember_key", there=False)

    def instead_of_details(self) -> str:
        """Tell what keys are for, and how to get one here."""
        if self.peer.key is None:
            return f"{self.peer.remark} {NONE_PROVEN}".strip()
        proven = f"{WHAT_THEY_DO} This connection has proven {self.peer.key.fingerprint}."
        return f"{proven} {KeyOfAnother.message if self._is_of_another else OFFERED}"

    def details(self, row: Row) -> str:
        """Tell all about a key."""
        each = self._keys[row.key]
        used = f"Last used {exactly(each.last_used_at, self.zone)}" if each.last_used_at else "Never used"
        this = " This connection's key." if each.is_this else ""
        return (
            f"{visible(each.name)}: {each.kind} {each.fingerprint}. "
            f"Added {exactly(each.added_at, self.zone)}. {used}.{this}"
        )

    async def action_remove_key(self) -> None:
        """Ask once more whether the selected key is to go."""
        await self._open(RemoveKeyScreen)

    async def action_rename_key(self) -> None:
        """Call the selected key something else."""
        await self._open(RenameKeyScreen)

    async def _open(self, room: "type[RemoveKeyScreen | RenameKeyScreen]") -> None:
        await self.let_keys_arrive()
        if self.selected is None:
            self.say(NOTHING_SELECTED, error=True)
        else:
            self.auth_app.open(room(self._keys[self.selected.key]))

    def action_remember_key(self) -> None:
        """Remember the key of this connection, after password and code unless they were given lately."""
        if self._is_offered:
            self.attempt(self._remember)

    async def _remember(self) -> None:
        if await self._belongs_to_another():
            raise KeyOfAnother
        if len(self._keys) >= MOST_KEYS:
            raise TooManyKeys
        if not await self.accounts.confirmation.is_recent(self.me):
            self._ask(self._remember_and_return)
            return
        await self.accounts.ssh_keys.add(self.me, self.peer)
        await self.load()
        self.say(REMEMBERED)

    async def _belongs_to_another(self) -> bool:
        """Tell it before password and code are asked for in vain. One disabled is found out after that."""
        owner = await self.accounts.ssh_keys.recognise(self.peer)
        return owner is not None and owner.user_name != self.me.user_name

    async def _remember_and_return(self) -> None:
        try:
            await self.accounts.ssh_keys.add(self.me, self.peer)
        except AccountError as error:
            self.tell(error.message)
        else:
            self.tell(REMEMBERED)
        self.auth_app.go_back({})


class RenameKeyScreen(Room):
    """Gives a key another name."""

    HEADING = "Rename a key"
    HELP: ClassVar[str] = (
        'Call a key what tells you where it lies: "Laptop", "Work". The name is for you alone; the key '
        "itself stays as it is."
    )
    FIELDS = (Field("name", "Name", 32),)
    SUBMIT = "Rename"
    LINKS: ClassVar[tuple[Link, ...]] = (BACK,)

    def __init__(self, key: KeyInfo) -> None:
        """Take the key."""
        super().__init__(intro=f"{key.kind} {key.fingerprint}", values={"name": key.name})
        self._key = key

    async def submit(self, values: Mapping[str, str]) -> None:
        """Rename it."""
        await self.accounts.ssh_keys.rename(self.me, self._key.id, values["name"], self.peer)
        self.finish("Renamed.")


class RemoveKeyScreen(QuestionScreen):
    """Says what it means before a key is removed."""

    HEADING = "Remove a key"
    HELP: ClassVar[str] = (
        "Remove a key that you lost or use no more. From then on, connections with it are asked for the "
        "password as well; sessions that are live go on."
    )

    def __init__(self, key: KeyInfo) -> None:
        """Take the key."""
        super().__init__(
            f"{visible(key.name)}, {key.fingerprint}, will not stand for your password any more. Who "
            "connects with it is asked for the password again. Sessions go on.",
            f"Remove {visible(key.name)}",
        )
        self._key = key

    async def do(self) -> None:
        """Remove it."""
        await self.accounts.ssh_keys.remove(self.me, self._key.id, self.peer)
        self.finish(f"Removed: {visible(self._key.name)} signs nobody in any more.")


def _row(each: KeyInfo, now: datetime, zone: tzinfo) -> Row:
    last = ago(each.last_used_at, now, zone) if each.last_used_at else "never"
    cells = (
        each.name,
        each.fingerprint.removeprefix(PREFIX),
        ago(each.added_at, now, zone),
        "now, this one" if each.is_this else last,
    )
    sort = (None, None, each.added_at, each.last_used_at or NEVER)
    return Row(each.id, cells, sort=sort, also=f"{each.kind} {each.fingerprint}")
