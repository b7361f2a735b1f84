"""What codes look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sshauth.accounts import code_shapes, recovery_codes
from sshauth.accounts.code_shapes import Shape, bare, found_in, problem, refusal, shape_of, written

RECOVERY_CODE = "0123-4567-89AB-CDEF-GHJK-MNPQ"
MAILED_CODE = "RSTV-WXYZ-0123-4567"
DIGITS, RECOVERY, MAILED = ({shape} for shape in Shape)
ALL = set(Shape)

EITHER = "Type the six digits of your app, or a recovery code: six groups of four."
NO_U = "of digits and letters other than U"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("123456", Shape.DIGITS),
        (" 123 456\n", Shape.DIGITS),
        ("123-456", Shape.DIGITS),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", Shape.DIGITS),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", Shape.DIGITS),
        ("12345", None),
        ("1234567", None),
        ("12345X", None),
        ("", None),
        (RECOVERY_CODE, Shape.RECOVERY),
        (RECOVERY_CODE.lower().replace("-", " "), Shape.RECOVERY),
        (RECOVERY_CODE.replace("-", "\u2013"), Shape.RECOVERY),
        ("O123-4567-89AB-CDEF-GHJK-MNPQ", Shape.RECOVERY),
        (MAILED_CODE, Shape.MAILED),
        ("1234567890123456", Shape.MAILED),
        ("RSTU-WXYZ-0123-4567", None),
        (MAILED_CODE[:-1], None),
        (f"{MAILED_CODE}0", None),
        ("x" * 100_000, None),
    ],
)
def test_codes_are_told_by_their_form(text: str, shape: Shape | None) -> None:
    """However they are written."""
    assert shape_of(text) is shape


@pytest.mark.parametrize(
    ("text", "takes", "words"),
    [
        ("123456", DIGITS, None),
        (RECOVERY_CODE, {Shape.DIGITS, Shape.RECOVERY}, None),
        (MAILED_CODE, ALL, None),
        ("12345", DIGITS, "Your app's code has six digits; there are 5 digits here."),
        ("1", ALL, "Your app's code has six digits; there is 1 digit here."),
        ("hunter2", DIGITS, "Type the six digits that your app shows."),
        ("1" * 12, DIGITS, "Type the six digits that your app shows."),
        (MAILED_CODE, DIGITS, "Type the six digits that your app shows."),
        ("hunter2", ALL, EITHER),
        (MAILED_CODE, ALL - MAILED, EITHER),
        (RECOVERY_CODE, DIGITS, "A recovery code will not do here: type the six digits that your app shows."),
        ("ABC", RECOVERY, "A recovery code has six groups of four; there are 3 characters here."),
        ("U" * 24, RECOVERY, f"A recovery code has six groups of four, {NO_U}."),
        ("A", MAILED, "The code from the mail has four groups of four; there is 1 character here."),
        ("U" * 16, MAILED, f"The code from the mail has four groups of four, {NO_U}."),
    ],
)  # fmt: skip
def test_what_is_no_code_is_said(text: str, takes: set[Shape], words: str | None) -> None:
    """With what is missing, where that is known."""
    assert problem(text, takes) == words


@pytest.mark.parametrize(
    ("text", "takes", "words"),
    [
        ("12345", DIGITS, None),
        ("oil-0", ALL, None),
        ("123 456", MAILED, None),
        ("1234567", DIGITS, "Your app's code has six digits, no more."),
        ("12345X", DIGITS, "Type the six digits that your app shows."),
        (RECOVERY_CODE, DIGITS, "A recovery code will not do here: type the six digits that your app shows."),
        ("hunter2", ALL, 'No code has "U" in it.'),
        ("p@ss", MAILED, 'No code has "@" in it.'),
        ("\U0001f600", RECOVERY, 'No code has "\U0001f600" in it.'),
        (f"{RECOVERY_CODE}0", ALL, "A code has at most 24 characters."),
        ("A" * 17, MAILED, "A code has at most 16 characters."),
    ],
)  # fmt: skip
def test_what_can_become_no_code_is_refused(text: str, takes: set[Shape], words: str | None) -> None:
    """Whatever would follow."""
    assert refusal(text, takes) == words


@pytest.mark.parametrize(
    ("text", "takes", "as_it_stands"),
    [
        ("123 456", ALL, "123456"),
        ("123456", DIGITS, "123456"),
        ("1234567", DIGITS, "1234567"),
        ("1234567", ALL, "1234-567"),
        ("rstv", ALL, "RSTV"),
        ("rstvw", MAILED, "RSTV-W"),
        ("123456", MAILED, "1234-56"),
        ("", ALL, ""),
    ],
)
def test_codes_are_written_in_groups_of_four(text: str, takes: set[Shape], as_it_stands: str) -> None:
    """And six digits in one."""
    assert written(text, takes) == as_it_stands


@pytest.mark.parametrize(
    ("paste", "code"),
    [
        (f"    {MAILED_CODE}  ", MAILED_CODE),
        (f"Here is the code that confirms it: {MAILED_CODE}.", MAILED_CODE),
        (f"{MAILED_CODE.lower()}\r\n", MAILED_CODE.lower()),
        (MAILED_CODE.replace("-", " "), MAILED_CODE.replace("-", " ")),
        ("Here is the code:\n\n  RSTV\u2010WXYZ\u20100123\u20104567\n", "RSTV\u2010WXYZ\u20100123\u20104567"),
        (f"3  {RECOVERY_CODE}", RECOVERY_CODE),
        (f"3 {RECOVERY_CODE}\n", RECOVERY_CODE),
        ("123 456", "123 456"),
        ("RSTV-WXYZ-0123", None),
        (f"{RECOVERY_CODE}-AAAA", None),
        ("nothing at all", None),
        (" " * 5000 + MAILED_CODE, None),
    ],
)  # fmt: skip
def test_a_code_is_found_among_other_words(paste: str, code: str | None) -> None:
    """A line of the mail, or of the file with the recovery codes, is taken whole."""
    found = found_in(paste, ALL)
    assert (found and found.strip()) == code


@given(st.text("0189AXaxoOuU!_ -\n\u2013\uff11\u0661", max_size=80))
def test_writing_anew_changes_nothing(text: str) -> None:
    """A field can be written anew at every key."""
    for takes in (DIGITS, RECOVERY, MAILED, ALL):
        once = written(text, takes)
        assert written(once, takes) == once
        assert bare(once) == bare(bare(text))


def test_all_real_codes_are_known() -> None:
    """Ours have these forms."""
    assert {shape_of(code) for code in recovery_codes.new_codes()} == {Shape.RECOVERY}
    assert code_shapes.LENGTHS == {Shape.DIGITS: 6, Shape.RECOVERY: 24, Shape.MAILED: 16}
