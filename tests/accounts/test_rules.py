"""What names, addresses and passwords may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts import rules


@pytest.mark.parametrize("name", ["ab", "Ada.L-9_x", "x" * 32, " ada "])
def test_user_names_of_plain_letters_are_accepted(name: str) -> None:
    """Row 22: 2 to 32 ASCII letters, digits, dot, dash, underscore."""
    assert rules.check_user_name(name, app_name="sshauth") == name.strip()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Choose"),
        ("  ", "Choose"),
        ("a", "2 to 32"),
        ("x" * 33, "2 to 32"),
        ("ada lovelace", "a to z"),
        ("ada@example.org", "a to z"),
        ("аdа", "a to z"),
        ("ada\n", "ok"),
        ("ROOT", "reserved"),
        ("new", "reserved"),
        ("MyApp", "reserved"),
    ],
)
def test_other_user_names_are_refused_with_words(name: str, words: str) -> None:
    """Look-alikes of other alphabets too (CVE-2019-19844); a pasted line end is taken away."""
    if words == "ok":
        assert rules.check_user_name(name, app_name="myapp") == "ada"
        return
    with pytest.raises(ValueError, match=words):
        rules.check_user_name(name, app_name="myapp")


@pytest.mark.parametrize("name", sorted(rules.RESERVED | {"sshauth", "app.name"}))
def test_reserved_names_are_refused_in_any_case(name: str) -> None:
    """Row 22: what the program or its operator may be called, and the name that it goes by."""
    for written in (name, name.upper(), f" {name.capitalize()} "):
        with pytest.raises(ValueError, match="reserved"):
            rules.check_user_name(written, app_name="App.Name")


def test_all_names_of_the_list_are_reserved() -> None:
    """Row 22, word for word."""
    words = "plain new register reset help root admin administrator support sshauth"
    assert set(words.split()) == rules.RESERVED


@given(st.text())
def test_the_canonical_form_is_stable(text: str) -> None:
    """Canonical of canonical is the same, so that no writing slips past uniqueness."""
    assert rules.canonical(rules.canonical(text)) == rules.canonical(text)


@pytest.mark.parametrize("name", ["Ada", "Zoë", "李", "O'Brien", "Nguyễn Văn", "  Ada ", "👩", "x" * 64])
def test_names_of_any_writing_are_accepted(name: str) -> None:
    """Row 26 refuses tricks, not people."""
    assert rules.check_name(name) == name.strip()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("x" * 65, "at most 64"),
        ("x" * 1_000_000, "at most 64"),
        ("Ada\x07", "cannot be shown"),
        ("Ada\x9b31m", "cannot be shown"),
        ("Ada\u202eevil", "cannot be shown"),
        ("Ada\u200bx", "cannot be shown"),
        ("Ada\U000e0041", "cannot be shown"),
        ("Ada\u0378", "cannot be shown"),
        ("Ada\ud800", "cannot be shown"),
        ("A" + "\u0301" * 5, "accents"),
    ],
)
def test_names_that_hide_or_turn_text_are_refused(name: str, words: str) -> None:
    """Row 26: controls, bidi, zero-width, tags, unassigned, stacks of marks (CWE-150)."""
    with pytest.raises(ValueError, match=words):
        rules.check_name(name)


@given(st.text(max_size=80))
def test_an_accepted_name_is_accepted_as_it_is_kept(text: str) -> None:
    """What is stored passes the same rule again."""
    try:
        kept = rules.check_name(text)
    except ValueError:
        return
    assert rules.check_name(kept) == kept


@pytest.mark.parametrize("email", ["ada@example.org", " ada+x@mail.example.org ", "a@xn--bcher-kva.example"])
def test_addresses_are_accepted(email: str) -> None:
    """By their form."""
    assert "@" in rules.check_email(email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nowhere",
        "ada@",
        "@example.org",
        "ada@example",
        "a b@example.org",
        "ada@example.org\nBcc: x@y.org",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    """With words, and without a way into a header (CWE-93)."""
    with pytest.raises(ValueError, match=r"email|Mail cannot reach"):
        rules.check_email(email)


def test_long_addresses_are_refused() -> None:
    """Row 22: at most 254 characters."""
    with pytest.raises(ValueError, match="254"):
        rules.check_email("x" * 250 + "@example.org")


@pytest.mark.parametrize("password", ["x" * 12, "x" * 128, " leading and trailing ", "пароль из слов"])
def test_passwords_of_any_characters_are_accepted(password: str) -> None:
    """Row 1: 12 to 128 of any character, nothing trimmed."""
    assert rules.check_password(password) == password


@pytest.mark.parametrize(("password", "words"), [("x" * 11, "12"), ("x" * 129, "128"), ("x" * 10**6, "128")])
def test_short_and_long_passwords_are_refused(password: str, words: str) -> None:
    """Row 1, and a million characters cost nothing."""
    with pytest.raises(ValueError, match=words):
        rules.check_password(password)


def test_passwords_are_compared_in_one_form() -> None:
    """Keyboards write the same letter in different ways: NFKC makes them one (NIST 800-63B)."""
    assert rules.normalise_password("e\u0301") == rules.normalise_password("\u00e9")
