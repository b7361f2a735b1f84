"""Crockford characters and the mailed codes made of them."""

import uuid
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sshauth.accounts import crockford
from sshauth.accounts.mailed_codes import (
    MailedCodes,
    Subject,
    for_new_email,
    for_registration,
    for_reset,
)

CODES = MailedCodes.under("a secret key for tests only, nothing else")
ONE, TWO, NINE = (uuid.UUID(int=number) for number in (1, 2, 9))
EMAIL = "ada@example.org"
SUBJECT = for_reset(ONE, TWO, EMAIL, 1)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(st.binary(min_size=10, max_size=10))
def test_crockford_characters_hold_all_bits(data: bytes) -> None:
    """Sixteen characters, none of them I, L, O or U, carry eighty bits."""
    characters = crockford.encode(data)
    assert len(characters) == 16
    assert not set(characters) & set("ILOU")
    value = 0
    for character in characters:
        value = value * 32 + ALPHABET.index(character)
    assert value.to_bytes(10) == data


def test_a_code_is_four_groups_of_four() -> None:
    """Row 14: 80 bits that people can type."""
    code = CODES.code_for(SUBJECT)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]


@pytest.mark.parametrize("typed", ["O0oO-1iIl-LL11-abcd", " 0000 1111\t1111\nABCD "])
def test_what_people_mix_up_is_forgiven(typed: str) -> None:
    """Row 14: O for 0, I and L for 1, case, spaces, dashes."""
    assert crockford.normalise(typed) == "000011111111ABCD"


OTHERS: list[Subject] = [
    for_reset(NINE, TWO, EMAIL, 1),
    for_reset(ONE, NINE, EMAIL, 1),
    for_reset(ONE, TWO, "eve@example.org", 1),
    for_reset(ONE, TWO, EMAIL, 2),
    for_reset(ONE, TWO, EMAIL, 11),
    for_new_email(ONE, TWO, EMAIL),
    for_registration(ONE, EMAIL),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_reset_code_is_bound_to_what_it_is_for(other: Subject) -> None:
    """Row 14: another request, user, address, password or purpose makes another code."""
    assert CODES.matches(CODES.code_for(SUBJECT), SUBJECT)
    assert not CODES.matches(CODES.code_for(other), SUBJECT)
    assert not CODES.matches(CODES.code_for(SUBJECT), other)


@pytest.mark.parametrize(
    ("subject", "others"),
    [
        (for_registration(ONE, EMAIL), [for_registration(NINE, EMAIL), for_registration(ONE, "e@x.org")]),
        (
            for_new_email(ONE, TWO, EMAIL),
            [for_new_email(NINE, TWO, EMAIL), for_new_email(ONE, NINE, EMAIL), for_new_email(ONE, TWO, "e")],
        ),
    ],
)
def test_codes_that_confirm_addresses_are_bound_to_them(subject: Subject, others: list[Subject]) -> None:
    """And to the registration or request, and the user."""
    codes = [CODES.code_for(each) for each in (subject, *others)]
    assert len(set(codes)) == len(codes)
    assert [CODES.matches(code, subject) for code in codes] == [True] + [False] * len(others)


def test_another_secret_key_makes_other_codes() -> None:
    """Whoever has not the key cannot make one."""
    others = MailedCodes.under("another secret key of the same length")
    assert not others.matches(CODES.code_for(SUBJECT), SUBJECT)


def test_parts_of_a_subject_cannot_run_into_each_other() -> None:
    """What is bound is the parts, not their text put together."""
    assert CODES.code_for(Subject("a", ("bc", "d"))) != CODES.code_for(Subject("a", ("b", "cd")))
    assert CODES.code_for(Subject("a", ("bc",))) != CODES.code_for(Subject("ab", ("c",)))


def test_all_nodes_and_versions_make_the_same_code() -> None:
    """A code that one process mailed is taken by another, before and after an upgrade."""
    codes = MailedCodes.under("a secret key for tests only, nothing else")
    assert codes.code_for(for_reset(ONE, TWO, EMAIL, 1)) == "K58Z-MRJC-TV64-1DRV"
    assert codes.code_for(for_registration(ONE, EMAIL)) == "G9QC-WND8-PQHK-KXXH"
    assert codes.code_for(for_new_email(ONE, TWO, EMAIL)) == "G8CF-NXA4-92WE-66CJ"


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f" {code.replace('-', ' ')}\n",
        str.swapcase,
    ],
)
def test_a_code_is_taken_however_it_is_typed(write: Callable[[str], str]) -> None:
    """Row 14."""
    assert CODES.matches(write(CODES.code_for(SUBJECT)), SUBJECT)


def test_a_part_of_a_code_is_not_enough() -> None:
    """Nor a code with something behind it."""
    code = CODES.code_for(SUBJECT)
    assert not any(CODES.matches(wrong, SUBJECT) for wrong in ("", code[:-1], code + "0", code[1:]))


@given(st.text(st.characters()))
@example("\ud800")
def test_any_text_can_be_tried(text: str) -> None:
    """Nothing that is typed breaks the comparison."""
    assert not CODES.matches(text, SUBJECT)
