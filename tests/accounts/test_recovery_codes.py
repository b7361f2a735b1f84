"""Recovery codes: what they are made of, and which writings of them are one code."""

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sshauth.accounts import recovery_codes
from sshauth.accounts.recovery_codes import hash_of, looks_like_one, new_codes

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = {"0": "0oO", "1": "1iIlL"}

plain_codes = st.text(ALPHABET, min_size=24, max_size=24)


@st.composite
def writings(draw: st.DrawFn) -> tuple[str, str]:
    """Give a code, and one of the ways in which people type it."""
    code = draw(plain_codes)
    between = st.text(" -\t\n", max_size=2)
    letters = [draw(st.sampled_from(MISREAD.get(sign, sign + sign.lower()))) for sign in code]
    return code, draw(between) + "".join(letter + draw(between) for letter in letters)


def test_an_account_gets_ten_codes_of_six_groups_of_four() -> None:
    """Row 13: 24 Crockford characters hold 120 bits."""
    codes = new_codes()
    assert len(codes) == recovery_codes.CODES == 10
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4] * 6
        assert set(code) <= set(ALPHABET + "-")


def test_no_code_is_ever_made_twice() -> None:
    """Not within ten, and not in the next ten."""
    codes = [code for _ in range(200) for code in new_codes()]
    assert len(set(codes)) == len(codes)


def test_all_characters_are_used_in_all_places() -> None:
    """No bit of the 120 is fixed: each place of 4,000 codes shows each of the 32 characters."""
    codes = [code.replace("-", "") for _ in range(400) for code in new_codes()]
    assert all(set(place) == set(ALPHABET) for place in zip(*codes, strict=True))


def test_what_is_stored_is_the_sha_256_of_the_bare_code() -> None:
    """Row 13; so that another version finds the codes of this one."""
    expected = hashlib.sha256(b"0123456789ABCDEFGHJKMNPQ").hexdigest()
    assert hash_of("0123-4567-89AB-CDEF-GHJK-MNPQ") == expected


@given(writings())
def test_every_forgiven_writing_is_the_same_code(writing: tuple[str, str]) -> None:
    """Row 14's rules hold here too: case, spaces, dashes, O for 0, I and L for 1."""
    code, typed = writing
    assert hash_of(typed) == hash_of(code)
    assert looks_like_one(typed)


@given(plain_codes, plain_codes)
def test_different_codes_have_different_hashes(one: str, other: str) -> None:
    """And the same code always the same."""
    assert (hash_of(one) == hash_of(other)) == (one == other)


def test_new_codes_look_like_some() -> None:
    """As they are shown, and as they are stored."""
    assert all(looks_like_one(code) for code in new_codes())


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "123456",
        "123 456",
        "0" * 23,
        "0" * 25,
        "ABCD-EFGH-JKMN-PQRS",
        "U" + "0" * 23,
        "0" * 23 + "*",
        "\u00df" + "0" * 23,
        "\ud800" + "0" * 23,
    ],
)
def test_other_things_do_not_look_like_one(typed: str) -> None:
    """Six digits of an authenticator, mailed codes, one character too few or too many, other letters."""
    assert not looks_like_one(typed)


@given(st.text(st.characters()))
@example("\ud800")
def test_any_text_can_be_tried(text: str) -> None:
    """Nothing that is typed breaks the comparison."""
    assert len(hash_of(text)) == 64
    assert looks_like_one(text) in {True, False}
