"""What the commands about invitations do and say, on either database."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sshauth.accounts.errors import AccountError, GoneAway
from sshauth.config import Settings
from sshauth.operating import invitations
from tests.accounts.people import MAILED_CODE
from tests.operating.test_users import kept, move_in
from tests.support.secrets import note

GRACE = "grace@example.org"
UNTIL = r"it works once, until 20\d\d-\d\d-\d\d at \d\d:\d\d UTC"


def settings_of(directory: Path, url: str, **more: Any) -> Settings:
    """Give the settings of a place that takes an invitation."""
    return Settings(data_dir=directory, database_url=url, **{"registration": "invite", **more})  # type: ignore[arg-type]  # as read


async def test_an_invitation_is_mailed_or_shown_listed_and_withdrawn(
    tmp_path: Path, database_url: str
) -> None:
    """By mail nothing is shown; shown, nothing is mailed; it is written down without the address."""
    settings, said = settings_of(tmp_path, database_url, mail_server="mail.example.org"), list[str]()
    await invitations.invite(settings, GRACE, said.append, is_shown=False, in_json=False)
    await invitations.invite(settings, "ben@example.org", said.append, is_shown=True, in_json=False)
    assert re.fullmatch(f"The running service mails an invitation to {GRACE}; {UNTIL}\\.", said[0])
    assert re.match(f"Give this invitation to ben@example.org; {UNTIL}:", said[1])
    code = MAILED_CODE.search(said[1].replace("  ", ""))
    assert code is not None
    note(code[0])
    assert "ssh -p 2222 localhost" in said[2]
    said.clear()
    await invitations.show(settings, 10, said.append, said.append, in_json=False)
    await invitations.show(settings, 1, said.append, said.append, in_json=False)
    assert [line.split()[0] for line in said[0].splitlines()] == ["EMAIL", "ben@example.org", GRACE]
    assert said[1] == "Only the newest 1 are shown: --limit shows more."
    assert GRACE not in said[2]
    for email in ("ben@example.org", GRACE.upper()):
        await invitations.withdraw(settings, email, said.append)
    assert said[3:] == [
        f"The invitation of {email} works no more." for email in ("ben@example.org", GRACE.upper())
    ]
    await invitations.show(settings, 10, said.append, said.append, in_json=False)
    assert said[-1] == "No invitation waits to be used."
    with pytest.raises(GoneAway, match=f"No invitation of {GRACE} waits to be used"):
        await invitations.withdraw(settings, GRACE, said.append)
    events, mails, _ = await kept(database_url)
    assert [mail.kind for mail in mails] == ["invitation"]
    assert [event.kind for event in events] == [
        "invited",
        "invited",
        "invitation-withdrawn",
        "invitation-withdrawn",
    ]
    assert ["shown" in event.data for event in events] == [False, True, False, False]
    assert {(event.user_id, event.client) for event in events} == {(None, "command line")}
    assert "example.org" not in str([event.data for event in events])


async def test_programs_read_json(tmp_path: Path, database_url: str) -> None:
    """The invitation stands there only where it is shown."""
    settings, said = settings_of(tmp_path, database_url), list[str]()
    for is_shown in (False, True):
        await invitations.invite(settings, GRACE, said.append, is_shown=is_shown, in_json=True)
    await invitations.show(settings, 10, said.append, said.append, in_json=True)
    mailed, shown, (listed,) = map(json.loads, said)
    assert (mailed["email"], mailed["mailed"], mailed["invitation"]) == (GRACE, True, None)
    assert not shown["mailed"]
    assert MAILED_CODE.fullmatch(shown["invitation"])
    note(shown["invitation"])
    assert listed.keys() == {"email", "invited_by", "invited_at", "expires_at"}
    assert (listed["email"], listed["invited_by"]) == (GRACE, None)
    assert listed["expires_at"] == shown["expires_at"]


async def test_where_no_mail_goes_out_that_is_said(tmp_path: Path, database_url: str) -> None:
    """With where the mail lies, and how to do without."""
    said = list[str]()
    settings = settings_of(tmp_path, database_url)
    await invitations.invite(settings, GRACE, said.append, is_shown=False, in_json=False)
    assert str(tmp_path / "outbox") in said[1]
    assert said[1].endswith(f"sshauth user invite {GRACE} --print")


@pytest.mark.parametrize(
    ("more", "email", "words"),
    [
        ({}, "ADA@example.org", "That address has an account already: Ada."),
        ({"registration": "open"}, GRACE, "Nobody needs an invitation while REGISTRATION is open"),
        ({"registration": "closed"}, GRACE, "Nobody can use an invitation while REGISTRATION is closed"),
    ],
)
async def test_why_nobody_is_invited_is_one_sentence(
    tmp_path: Path, database_url: str, more: dict[str, str], email: str, words: str
) -> None:
    """It says what to do where that is not plain."""
    await move_in(database_url)
    with pytest.raises(AccountError, match=words):
        await invitations.invite(
            settings_of(tmp_path, database_url, **more), email, print, is_shown=True, in_json=False
        )
