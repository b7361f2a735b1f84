"""What a name, an email address and a password may be. Pure.

Each ``check_…`` returns the value as it will be kept, or raises ``ValueError`` with words for the person.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from email_validator import EmailNotValidError, validate_email

USER_NAME_LENGTH = (2, 32)
NAME_LENGTH = 64
EMAIL_LENGTH = 254
PASSWORD_LENGTH = (12, 128)
MARKS_IN_A_ROW = 4
MOST_DOMAINS_SAID = 3

RESERVED = frozenset(
    {"plain", "new", "register", "reset", "help", "root", "admin", "administrator", "support", "sshauth"}
)

_USER_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
# Controls, formats (bidi, zero-width, tags), surrogates, private use, unassigned, line separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def canonical(text: str) -> str:
    """Give the one form by which user names and emails are compared: NFKC, case-folded (CVE-2019-19844).

    Unicode's NFKC_Casefold (definition D146): done twice, since each step can undo the other.
    """
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold()).strip()


def check_user_name(text: str, *, app_name: str) -> str:
    """Check a user name: 2 to 32 of ASCII letters, digits and ``. _ -``, none of the reserved ones."""
    name = text.strip()
    shortest, longest = USER_NAME_LENGTH
    if not name:
        raise ValueError("Choose a user name.")
    if set(name) - _USER_NAME_LETTERS:
        raise ValueError("Use a to z, digits, dot, dash or underscore.")
    if not shortest <= len(name) <= longest:
        raise ValueError(f"Use {shortest} to {longest} characters.")
    if canonical(name) in RESERVED | {canonical(app_name)}:
        raise ValueError("That name is reserved. Choose another.")
    return name


def check_name(text: str, *, longest: int = NAME_LENGTH) -> str:
    """Check a name: any writing, 1 to 64 characters, nothing that hides or turns text.

    Refuses what could disguise a name or break a screen (CWE-150): controls, bidi controls,
    zero-width and tag characters, unassigned code points, long stacks of combining marks.
    """
    name = unicodedata.normalize("NFC", text[: 2 * longest + 1]).strip()
    if not name:
        raise ValueError("This cannot be empty.")
    if len(name) > longest:
        raise ValueError(f"Use at most {longest} characters.")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in name):
        raise ValueError("This holds a character that cannot be shown.")
    if _longest_run_of_marks(name) > MARKS_IN_A_ROW:
        raise ValueError("Too many accents on one letter.")
    return name


def _longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for character in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.category(character).startswith("M") else 0
        longest = max(longest, run)
    return longest


def check_email(text: str, *, domains: Sequence[str] = ()) -> str:
    """Check an email address by its form, at most 254 characters. Whether it exists only a mail can tell.

    Where there are ``domains`` it must be at one of them; ``*.example.org`` is all that is below one.
    """
    email = text.strip()
    if not email:
        raise ValueError("Type your email address.")
    if len(email) > EMAIL_LENGTH:
        raise ValueError(f"Use at most {EMAIL_LENGTH} characters.")
    try:
        valid = validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("Mail cannot reach that address.") from None
    if domains and not any(_is_at(valid.domain, domain) for domain in domains):
        raise ValueError(_where_else(domains))
    return valid.normalized


def _is_at(domain: str, wanted: str) -> bool:
    # Not in the canonical form: straße.example and strasse.example have different owners.
    return domain.endswith(wanted[1:]) if wanted.startswith("*.") else domain == wanted


def _where_else(domains: Sequence[str]) -> str:
    if len(domains) > MOST_DOMAINS_SAID:
        return "Addresses at that domain are not accepted here."
    *others, last = domains
    return f"Use an address at {' or '.join([', '.join(others), last] if others else [last])}."


def normalise_password(text: str) -> str:
    """Apply the one Unicode policy for passwords, NFKC (NIST 800-63B), and nothing else: no trimming."""
    return unicodedata.normalize("NFKC", text)


def check_password(text: str) -> str:
    """Check a new password: 12 to 128 characters of any kind (NIST 800-63B, ASVS 6.2)."""
    password = normalise_password(text[: 2 * PASSWORD_LENGTH[1] + 1])
    shortest, longest = PASSWORD_LENGTH
    if len(password) < shortest:
        raise ValueError(f"Use {shortest} characters or more: a few words.")
    if len(password) > longest:
        raise ValueError(f"Use at most {longest} characters.")
    return password


def check_each(
    checks: Mapping[str, Callable[[str], str]], texts: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the texts that can be accepted as they will be kept, and words for the others, by name."""
    values, problems = {}, {}
    for name, check in checks.items():
        try:
            values[name] = check(texts[name])
        except ValueError as error:
            problems[name] = str(error)
    return values, problems
