"""The search for what nobody may write down finds what is there, and nothing else."""

from tests.support.secrets import note, secrets_in


def test_passwords_and_keys_are_found_anywhere() -> None:
    """Also inside other text."""
    note("a password of this test")
    assert secrets_in('{"said": "a password of this test"}') == ["a password of this test"]
    assert secrets_in("another text") == []


def test_codes_are_found_as_numbers_of_their_own() -> None:
    """Not as a part of a longer number, of a fraction of a second, or of an id."""
    note("987601")
    for written in ("code=987601", '"987601"', "987601"):
        assert secrets_in(written) == ["987601"]
    for something_else in ("1987601", "12:00:15.987601+00:00", "a987601b"):
        assert secrets_in(something_else) == []


def test_short_words_are_not_noted() -> None:
    """They would be found in everything."""
    note("ada")
    assert secrets_in("ada") == []
