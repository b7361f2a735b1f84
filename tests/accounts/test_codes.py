"""Crockford characters and the reset codes made of them."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts import crockford
from sshauth.accounts.reset_codes import ResetCodes, ResetSubject

CODES = ResetCodes.under("a secret key for tests only, nothing else")
SUBJECT = ResetSubject(uuid.UUID(int=1), uuid.UUID(int=2), "ada@example.org", 1)


@given(st.binary(min_size=10, max_size=10))
def test_crockford_characters_hold_all_bits(data: bytes) -> None:
    """Sixteen characters, none of them I, L, O or U, carry eighty bits."""
    characters = crockford.encode(data)
    assert len(characters) == 16
    assert not set(characters) & set("ILOU")
    value = 0
    for character in characters:
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character)
    assert value.to_bytes(10) == data


def test_a_code_is_four_groups_of_four() -> None:
    """Row 14: 80 bits that people can type."""
    code = CODES.code_for(SUBJECT)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]


@pytest.mark.parametrize("typed", ["O0oO-1iIl-LL11-abcd", " 0000 1111\t1111\nABCD "])
def test_what_people_mix_up_is_forgiven(typed: str) -> None:
    """Row 14: O for 0, I and L for 1, case, spaces, dashes."""
    assert crockford.normalise(typed) == "000011111111ABCD"


def test_a_code_matches_its_subject_alone() -> None:
    """Another request, user, address, password or key makes another code."""
    code = CODES.code_for(SUBJECT)
    others = [
        ResetSubject(uuid.UUID(int=9), SUBJECT.user_id, SUBJECT.email_canonical, 1),
        ResetSubject(SUBJECT.request_id, uuid.UUID(int=9), SUBJECT.email_canonical, 1),
        ResetSubject(SUBJECT.request_id, SUBJECT.user_id, "eve@example.org", 1),
        ResetSubject(SUBJECT.request_id, SUBJECT.user_id, SUBJECT.email_canonical, 2),
    ]
    assert CODES.matches(code, SUBJECT)
    assert not any(CODES.matches(code, other) for other in others)
    assert not ResetCodes.under("another secret key of the same length").matches(code, SUBJECT)


@given(st.text())
def test_any_text_can_be_tried(text: str) -> None:
    """Nothing that is typed breaks the comparison."""
    assert not CODES.matches(text, SUBJECT)
