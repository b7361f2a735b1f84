"""Every mail there is, looked at in the same light (SECURITY.md rows 19 and 26)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sshauth.accounts.outbox import MailKind
from sshauth.mail import admin_notices, fault_notices, messages, notices, setting_up
from sshauth.mail.layout import Content, Occasion, Place, one_line
from tests.mail.page import Page

PLACE = Place(
    app_name="twenty characters ok",
    ssh_command="ssh -p 2222 auth.example.org",
    host_key_fingerprint="SHA256:" + "n0tAr3aLf1ng3rpr1nt" * 2 + "12345",
)
CODE = "K7M2-9QRX-4TBV-0HJD"
AT = datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC)
UNTIL = AT + timedelta(minutes=10)
TOMORROW = AT + timedelta(hours=24)

GALLERY: dict[str, Callable[[Occasion, str], Content]] = {
    # Each takes an occasion, and foreign words for what else it shows.
    MailKind.RESET_CODE: lambda it, _: messages.reset_code(PLACE, it, CODE, UNTIL),
    MailKind.CONFIRM_ADDRESS: lambda it, _: messages.confirm_address(PLACE, it, CODE, UNTIL),
    MailKind.CONFIRM_NEW_ADDRESS: lambda it, _: messages.confirm_new_address(PLACE, it, CODE, UNTIL),
    MailKind.INVITATION: lambda it, _: setting_up.invitation(PLACE, it.at, CODE, it.at + timedelta(days=7)),
    "reset-code, before there is a password": lambda it, _: setting_up.not_set_up(PLACE, it),
    "address-known": lambda it, _: messages.address_known(PLACE, it),
    "address-in-use": lambda it, _: messages.address_in_use(PLACE, it),
    MailKind.OWN_DATA: lambda it, foreign: messages.own_data(PLACE, it, foreign),
    MailKind.NEW_SOURCE: lambda it, _: notices.new_source(PLACE, it),
    MailKind.WRONG_CODES: lambda it, _: notices.wrong_codes(PLACE, it),
    MailKind.WRONG_CODES_WITH_KEY: lambda it, key: notices.wrong_codes_with_key(PLACE, it, fingerprint=key),
    MailKind.CODES_WITH_KEY_USED_UP: lambda it, key: notices.codes_with_key_used_up(
        PLACE, it, fingerprint=key
    ),
    MailKind.KEY_ADDED: lambda it, key: notices.key_added(PLACE, it, name=key, fingerprint=key),
    MailKind.CODES_USED_UP: lambda it, _: notices.codes_used_up(PLACE, it),
    MailKind.PASSWORD_CHANGED: lambda it, _: notices.password_changed(PLACE, it),
    MailKind.PASSWORD_RESET: lambda it, _: notices.password_reset(PLACE, it),
    MailKind.RECOVERY_CODE_USED: lambda it, _: notices.recovery_code_used(PLACE, it, left=2),
    MailKind.RECOVERY_CODES_REMADE: lambda it, _: notices.recovery_codes_remade(PLACE, it),
    MailKind.AUTHENTICATOR_ADDED: lambda it, name: notices.authenticator_added(PLACE, it, name=name),
    MailKind.AUTHENTICATOR_REPLACED: lambda it, name: notices.authenticator_replaced(PLACE, it, name=name),
    MailKind.AUTHENTICATOR_REMOVED: lambda it, name: notices.authenticator_removed(PLACE, it, name=name),
    MailKind.AUTHENTICATOR_RESET: lambda it, _: setting_up.enrolment_code(PLACE, it, CODE, TOMORROW, 2),
    MailKind.AUTHENTICATOR_SET_UP: lambda it, _: notices.authenticator_set_up(PLACE, it),
    MailKind.EMAIL_CHANGED: lambda it, a: notices.email_changed(PLACE, it, old=a, new=f"b{a}", to=f"b{a}"),
    "email-changed, to the old": lambda it, a: notices.email_changed(PLACE, it, old=a, new=f"b{a}", to=a),
    MailKind.NAMES_CHANGED: lambda it, _: notices.names_changed(PLACE, it),
    MailKind.DATA_TAKEN: lambda it, _: notices.data_taken(PLACE, it),
    MailKind.ADMIN_MADE: lambda it, _: admin_notices.admin_made(PLACE, it),
    MailKind.ADMIN_UNMADE: lambda it, _: admin_notices.admin_unmade(PLACE, it),
    MailKind.PROMOTED: lambda it, _: admin_notices.promoted(PLACE, it),
    MailKind.DEMOTED: lambda it, _: admin_notices.demoted(PLACE, it),
    MailKind.ACCOUNT_DISABLED: lambda it, _: admin_notices.account_disabled(PLACE, it),
    MailKind.ACCOUNT_ENABLED: lambda it, _: admin_notices.account_enabled(PLACE, it),
    MailKind.ACCOUNT_DELETED: lambda it, _: notices.account_deleted(PLACE, it),
    MailKind.ACCOUNT_REMOVED: lambda it, _: admin_notices.account_removed(PLACE, it),
    MailKind.ACCOUNT_CREATED: lambda it, _: setting_up.account_made(PLACE, it, CODE, TOMORROW),
    "account-created, its code shown": lambda it, _: setting_up.account_made(PLACE, it, "", TOMORROW),
    "authenticator-reset, its code shown": lambda it, _: setting_up.enrolment_code(
        PLACE, it, "", TOMORROW, 2
    ),
    MailKind.FAULT: lambda it, foreign: fault_notices.fault(
        PLACE, it, event="x.failed", error="Error", places=[foreign], facts={"incident": foreign}, before=2
    ),
}
WITH_A_CODE = {
    MailKind.RESET_CODE,
    MailKind.CONFIRM_ADDRESS,
    MailKind.CONFIRM_NEW_ADDRESS,
    MailKind.AUTHENTICATOR_RESET,
    MailKind.ACCOUNT_CREATED,
    MailKind.INVITATION,
}
TO_STRANGERS = {MailKind.CONFIRM_ADDRESS, MailKind.CONFIRM_NEW_ADDRESS, MailKind.INVITATION}
TO_NOBODY_YET = {MailKind.INVITATION}
"""They are about no account."""
TO_ADMINS = {MailKind.ADMIN_MADE, MailKind.ADMIN_UNMADE, MailKind.FAULT}
"""Of them nothing is known but an address."""
OF_THE_PROGRAM = {MailKind.FAULT}
"""Nobody did what they tell of."""
BY_ADMINISTRATORS = {
    MailKind.INVITATION,
    MailKind.AUTHENTICATOR_RESET,
    MailKind.PROMOTED,
    MailKind.DEMOTED,
    MailKind.ACCOUNT_DISABLED,
    MailKind.ACCOUNT_ENABLED,
    MailKind.ACCOUNT_CREATED,
    MailKind.ACCOUNT_REMOVED,
    "account-created, its code shown",
    "authenticator-reset, its code shown",
}
"""From where administrators do something is nobody's business."""
NOT_NOTICES = {
    *WITH_A_CODE,
    *TO_ADMINS,
    *BY_ADMINISTRATORS,
    MailKind.OWN_DATA,
    "reset-code, before there is a password",
    "address-known",
    "address-in-use",
}

HOSTILE = {
    "markup": "[@click=app.quit]x[/]",
    "a link": "[link=http://evil.example]x[/link]",
    "html": '<b onclick="x">&amp;',
    "bidi": "abc\u202edef\u2066",
    "zero width": "a\u200bb\ufeffc",
    "a header": "Ada\r\nBcc: eve@evil.example\r\n\r\nK7M2-9QRX-4TBV-0HJE",
    "controls": "a\x1b[31mb\x9bc\x07",
    "no spaces": "x" * 255,
}

each_mail = pytest.mark.parametrize("kind", GALLERY)


def painted(kind: str, foreign: str = "Grace") -> Content:
    """Write a mail in which everything that is not ours is foreign."""
    return GALLERY[kind](Occasion(foreign, foreign, AT, foreign, foreign), foreign)


def squeezed(words: str) -> str:
    """Leave white space out: the text part has line breaks of its own."""
    return "".join(words.split())


def test_no_mail_is_missing() -> None:
    """Every kind of mail hangs in the gallery."""
    assert set(MailKind) <= GALLERY.keys()


@each_mail
@pytest.mark.parametrize("foreign", HOSTILE.values(), ids=HOSTILE)
def test_both_parts_hold_the_same_words(kind: str, foreign: str) -> None:
    """And foreign text is shown as it is, where it prints, without adding an element (row 26)."""
    content = painted(kind, foreign)
    page = Page(content.html)
    assert squeezed(page.body) == squeezed(content.text)
    assert page.tags == Page(painted(kind).html).tags
    assert kind in TO_NOBODY_YET or squeezed(one_line(foreign)) in squeezed(content.text)


@each_mail
def test_every_mail_shows_how_to_connect_and_the_fingerprint(kind: str) -> None:
    """Each on a line of its own, to be compared (row 19)."""
    lines = painted(kind).text.splitlines()
    assert PLACE.ssh_command in lines
    assert PLACE.host_key_fingerprint in lines


@each_mail
@settings(deadline=None, max_examples=30)
@given(foreign=st.text(max_size=255))
def test_every_mail_is_clean_and_narrow_whatever_the_names_are(kind: str, foreign: str) -> None:
    """Printable characters, at most 78 columns, a subject of ours alone; and it can be encoded."""
    content = painted(kind, foreign)
    content.html.encode()
    assert content.text.replace("\n", "").isprintable()
    assert max(len(line) for line in content.text.splitlines()) <= 78
    assert content.subject == painted(kind).subject
    assert len(content.subject) <= 78


@each_mail
def test_a_code_stands_in_the_mails_of_codes_alone(kind: str) -> None:
    """Once, and neither in the subject nor in the repr."""
    content = painted(kind)
    assert content.text.count(CODE) == content.html.count(CODE) == (kind in WITH_A_CODE)
    assert not re.search(r"(\w{4}-){3}\w{4}", content.subject + repr(content))


@each_mail
def test_every_mail_says_when_and_from_where(kind: str) -> None:
    """And a notice also with what client; a mail to an address that was merely typed does not."""
    content = GALLERY[kind](Occasion("Grace", "ghopper", AT, "203.0.113.7", "PuTTY"), "x@example.org")
    words = " ".join(content.text.split())
    assert " on 2026-11-24 at 03:15 UTC" in words
    assert ("came from 203.0.113.7 on 2026-11-24" in words) == (kind not in BY_ADMINISTRATORS)
    assert ("Hello Grace," in words) == (kind not in TO_STRANGERS | TO_ADMINS)
    assert ('with a client that calls itself "PuTTY"' in words) == (kind not in NOT_NOTICES)
    assert ("ghopper" in words) == (kind not in TO_NOBODY_YET | OF_THE_PROGRAM)


@each_mail
def test_every_mail_says_what_to_do_if_it_was_not_you(kind: str) -> None:
    """Nothing, or what; and a notice asks to tell the people who run the place."""
    words = " ".join(painted(kind).text.split())
    assert kind in OF_THE_PROGRAM or re.search(
        r"If (that|it) was not you|If not, somebody (knows|holds)|If you did not|is not yours", words
    )
    assert ("Tell the people who run twenty characters ok too." in words) == (kind not in NOT_NOTICES)


def test_a_client_without_a_name_is_left_out() -> None:
    """Nothing that prints is no name, and a long one is cut."""
    for client, expected in (("", None), ("\u200b\x07", None), ("x" * 255, "x" * 64)):
        content = notices.new_source(PLACE, Occasion("Grace", "ghopper", AT, "203.0.113.7", client))
        found = re.search(r'calls itself "(.*?)"', " ".join(content.text.split()))
        assert (found and found[1]) == expected


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (9, "Of your recovery codes 9 are left."),
        (4, "Of your recovery codes 4 are left."),
        (3, "Of your recovery codes 3 are left. Make new ones under Security."),
        (1, "Of your recovery codes 1 is left. Make new ones under Security."),
        (0, "Of your recovery codes none are left. Make new ones under Security."),
    ],
)
def test_few_recovery_codes_call_for_new_ones(left: int, expected: str) -> None:
    """From three on (row 13)."""
    content = notices.recovery_code_used(PLACE, Occasion("Grace", "ghopper", AT, "203.0.113.7"), left=left)
    words = " ".join(content.text.split())
    assert f"{expected} It came from" in words


def test_the_old_address_is_told_whom_to_turn_to() -> None:
    """A reset would mail its code to the new address, so it is not offered there."""
    it = Occasion("Grace", "ghopper", AT, "203.0.113.7")
    old, new = (
        " ".join(notices.email_changed(PLACE, it, old="a@old.org", new="b@new.org", to=to).text.split())
        for to in ("a@old.org", "b@new.org")
    )
    assert "was changed from a@old.org to b@new.org" in old
    assert "was changed from a@old.org to b@new.org" in new
    assert "no longer comes to this address" in old
    assert "only the people who run twenty characters ok can help" in old
    assert ("F3" in old, "F3" in new) == (False, True)
