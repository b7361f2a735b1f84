"""The words of the mails that carry codes, or stand in for one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sshauth.mail.layout import Content, Occasion, Place
from sshauth.mail.messages import (
    address_in_use,
    address_known,
    confirm_address,
    confirm_new_address,
    own_data,
    reset_code,
)
from tests.mail.page import Page

PLACE = Place(
    app_name="sshauth",
    ssh_command="ssh -p 2222 auth.example.org",
    host_key_fingerprint="SHA256:" + "n0tAr3aLf1ng3rpr1nt" * 2 + "12345",
)
CODE = "K7M2-9QRX-4TBV-0HJD"
ASKED = datetime(2026, 11, 24, 3, 15, 30, tzinfo=UTC)
UNTIL = ASKED + timedelta(minutes=10)
WritesCode = Callable[[Place, Occasion, str, datetime], Content]
OCCASION = Occasion("Grace", "ghopper", ASKED, "203.0.113.7", "PuTTY")


def says(content: Content, *expected: str) -> None:
    """Both parts say these words."""
    for words in (" ".join(content.text.split()), " ".join(Page(content.html).words.split())):
        for each in expected:
            assert each in words


def test_what_must_be_copied_stands_alone_on_a_line() -> None:
    """The code, the ssh command and the fingerprint can be taken by selecting a line."""
    lines = reset_code(PLACE, OCCASION, CODE, UNTIL).text.splitlines()
    assert [CODE, PLACE.ssh_command, PLACE.host_key_fingerprint] == [
        line for line in lines if line in {CODE, PLACE.ssh_command, PLACE.host_key_fingerprint}
    ]


def test_the_mail_of_a_reset_says_everything_that_the_person_needs() -> None:
    """The way to the form, the life of the code, who asked, the second factor, and what if it was not you."""
    says(
        reset_code(PLACE, OCCASION, CODE, UNTIL),
        "Hello Grace,",
        "your account ghopper on sshauth",
        CODE,
        PLACE.ssh_command,
        'press F3, then choose "I have a code"',
        "until 03:25 UTC (10 minutes after the request)",
        "from 203.0.113.7 on 2026-11-24 at 03:15 UTC",
        "a code from your authenticator app, or for one of your recovery codes",
        "If that was not you, there is nothing to do. Your password was not changed, the code is useless",
        PLACE.host_key_fingerprint,
    )


@pytest.mark.parametrize("write", [reset_code, confirm_address, confirm_new_address])
def test_a_code_is_not_in_the_subject_nor_in_the_repr(write: WritesCode) -> None:
    """Subjects show on locked phones, reprs in logs."""
    content = write(PLACE, OCCASION, CODE, UNTIL)
    assert CODE not in repr(content)


def test_a_code_sent_again_says_how_long_it_still_lives() -> None:
    """A second request sends the same code without lengthening its life (row 16)."""
    later = Occasion("Grace", "ghopper", ASKED + timedelta(minutes=9, seconds=10), "203.0.113.7")
    says(reset_code(PLACE, later, CODE, UNTIL), "03:25 UTC (1 minute after the request)")


def test_the_mail_of_a_registration_says_where_the_code_goes_and_that_nothing_is_yet() -> None:
    """Somebody whose address was mistyped learns that there is nothing to do."""
    says(
        confirm_address(PLACE, OCCASION, CODE, UNTIL),
        "is creating the account ghopper on sshauth with this address",
        "Type it in the form that asks for it. It works once, until 03:25 UTC",
        "If you did not register, ignore this mail: no account exists without the code",
    )


def test_the_mail_to_a_new_address_names_the_account() -> None:
    """So that somebody with two accounts knows which."""
    says(
        confirm_new_address(PLACE, OCCASION, CODE, UNTIL),
        "The account ghopper on sshauth is to have this address from now on",
        "Type it in the form that asks for it. It works once, until 03:25 UTC",
        "without the code nothing changes",
    )


@pytest.mark.parametrize("write", [confirm_address, confirm_new_address])
def test_strangers_cannot_have_words_of_their_own_mailed_to_anybody(write: WritesCode) -> None:
    """A mail to an address that somebody merely typed holds neither their first name nor their client."""
    advert = Occasion("Buy at shop.example", "eve", ASKED, "203.0.113.7", "cheaper at shop.example")
    assert "shop.example" not in write(PLACE, advert, CODE, UNTIL).text


def test_a_known_address_is_told_its_user_name_and_the_two_ways_in() -> None:
    """Who has forgotten that they have an account gets in; a stranger learns nothing."""
    says(
        address_known(PLACE, OCCASION),
        "Hello Grace,",
        "with the user name ghopper",
        "If that was you, sign in with that user name: ssh -p 2222 auth.example.org",
        "If you forgot the password, press F3",
        "If that was not you, there is nothing to do.",
    )


def test_the_owner_of_an_address_hears_that_another_account_wanted_it() -> None:
    """Nothing was changed, and nothing of the other account is told."""
    says(
        address_in_use(PLACE, OCCASION),
        "signed in to another account on sshauth wanted it to have this address",
        "your account ghopper, so nothing was changed",
    )


def test_somebodys_data_comes_as_a_file() -> None:
    """As it was handed over, under a name that says whose it is."""
    content = own_data(PLACE, OCCASION, '{"a": "<b>"}\n')
    assert content.attachment is not None
    assert (content.attachment.name, content.attachment.text) == ("sshauth-ghopper.json", '{"a": "<b>"}\n')
    assert "<b>" not in repr(content) + content.text
    says(content, "sshauth-ghopper.json")


def test_a_file_name_holds_no_path_and_no_quote() -> None:
    """Whatever a user name might be one day, it stays a plain file name."""
    content = own_data(PLACE, Occasion("Eve", '../"e\r\nv/é', ASKED, "203.0.113.7"), "{}")
    assert content.attachment is not None
    assert content.attachment.name == "sshauth-..ev.json"
