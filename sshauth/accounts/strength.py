"""How hard a password is to guess, by zxcvbn, off the event loop; and our words about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

from sshauth.accounts import rules
from sshauth.accounts.passwords import FairPool

ENOUGH = 3
"""Of zxcvbn's scores 0 to 4 the least that is accepted."""

USUAL_SECONDS = 0.03
"""What one judgement takes, until it is known better."""

JUDGED = 72
"""Characters of a password that are judged; what stands behind them can only make it harder to guess."""

SHORTEST_OWN_WORD = 4
"""Characters; shorter names hide in too many innocent words."""

LABELS = ("Very weak", "Weak", "Too weak", "Good", "Strong")

ADVICE = {
    "Use a few words, avoid common phrases.": "Use a few words that do not belong together.",
    "No need for symbols, digits, or uppercase letters.": "Capitals, digits and signs are not needed.",
    "Add another word or two. Uncommon words are better.": "Add a word or two, the rarer the better.",
    "Straight rows of keys are easy to guess.": "Keys in a row are easy to guess.",
    "Short keyboard patterns are easy to guess.": "Patterns on the keyboard are easy to guess.",
    "Use a longer keyboard pattern with more turns.": "Patterns on the keyboard are easy to guess.",
    'Repeats like "aaa" are easy to guess.': 'Repeats like "aaa" are easy to guess.',
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': "Repeating it helps little.",
    "Avoid repeated words and characters.": "Repeats help little.",
    'Sequences like "abc" or "6543" are easy to guess.': 'Runs like "abc" or "6543" are easy to guess.',
    "Avoid sequences.": 'Runs like "abc" or "6543" are easy to guess.',
    "Recent years are easy to guess.": "Years are easy to guess.",
    "Avoid recent years.": "Years are easy to guess.",
    "Avoid years that are associated with you.": "Years that matter to you are easy to guess.",
    "Dates are often easy to guess.": "Dates are easy to guess.",
    "Avoid dates and years that are associated with you.": "Dates that matter to you are easy to guess.",
    "This is a top-10 common password.": "This is one of the ten most used passwords.",
    "This is a top-100 common password.": "This is one of the hundred most used passwords.",
    "This is a very common password.": "Many people use this password.",
    "This is similar to a commonly used password.": "This is close to a password that many people use.",
    "A word by itself is easy to guess.": "A single word is easy to guess.",
    "Names and surnames by themselves are easy to guess.": "A name is easy to guess.",
    "Common names and surnames are easy to guess.": "Names are easy to guess.",
    "Capitalization doesn't help very much.": "Capitals help little.",
    "All-uppercase is almost as easy to guess as all-lowercase.": "All in capitals helps little.",
    "Reversed words aren't much harder to guess.": "Words written backwards help little.",
    "Predictable substitutions like '@' instead of 'a' don't help very much.": (
        'Signs for letters, like "@" for "a", help little.'
    ),
}
"""What zxcvbn says, in our words."""

_IN_OTHER_WORDS = "This is easy to guess."
_PRAISE = {3: "This will do. One more word would make it strong.", 4: "This is hard to guess."}
_MOST_WORK = 25 * JUDGED**2


@dataclass(frozen=True, slots=True)
class Verdict:
    """How hard a password is to guess, 0 to 4, and a sentence or two on how to do better."""

    score: int
    advice: str

    @property
    def is_enough(self) -> bool:
        """Whether the password may be used."""
        return self.score >= ENOUGH

    @property
    def label(self) -> str:
        """The score in a word or two."""
        return LABELS[self.score]


class Strength:
    """Judges passwords, one at a time, in a thread of its own.

    One thread, because zxcvbn holds the interpreter lock while it works, and keeps the words of who is
    judged in a place of its module. Sources are served by turns, as when passwords are hashed.
    """

    def __init__(self, app_name: str) -> None:
        """Start no thread yet. Passwords made of the app's name are refused."""
        self._app_name = app_name
        self._pool = FairPool(threads=1, usual=USUAL_SECONDS)

    async def warm_up(self) -> None:
        """Load the word lists ahead: they hold the interpreter for longer than anybody should notice."""
        await self.judge("", own_words=())

    async def judge(
        self, password: str, *, own_words: Sequence[str], source: str = "", known: bool = False
    ) -> Verdict:
        """Judge a password. What is made of the person's own words (names, email) counts for nothing.

        Raises:
            Busy: too many wait. Nothing was judged.
        """
        judge = partial(self._judge, password, (*own_words, self._app_name))
        return await self._pool.run(judge, source=source, known=known)

    def _judge(self, password: str, own_words: Sequence[str]) -> Verdict:
        words = _pieces(own_words)
        judged = rules.normalise_password(password[: 4 * JUDGED])[:JUDGED]
        rest = _without(judged, words)
        result = _ask_zxcvbn(rest, words)
        score = result["score"]
        if score >= ENOUGH:
            return Verdict(score, _PRAISE[score])
        if rest != judged or _holds_own_word(result["sequence"]):
            return Verdict(score, f"Do not use your name, email address or {self._app_name} in it.")
        return Verdict(score, _advice(result["feedback"]))

    def close(self) -> None:
        """Let the thread end."""
        self._pool.close()


def _pieces(own_words: Sequence[str]) -> list[str]:
    """Give the words and their parts (of an address, of a double name), the longest first."""
    wholes = [word.casefold()[: rules.EMAIL_LENGTH] for word in own_words]
    parts = [part for word in wholes for part in [word, *word.split("@"), *re.split(r"[\W_]+", word)]]
    return sorted({part for part in parts if part}, key=lambda part: (-len(part), part))


def _without(password: str, words: Sequence[str]) -> str:
    rest = password.casefold()
    for word in words:
        if len(word) >= SHORTEST_OWN_WORD:
            rest = rest.replace(word, "")
    return password if rest == password.casefold() else rest


def _ask_zxcvbn(password: str, own_words: Sequence[str]) -> dict[str, Any]:
    from zxcvbn import feedback, matching, zxcvbn  # noqa: PLC0415 - its word lists load slowly: in the thread

    if not password:  # on which zxcvbn breaks
        return {"score": 0, "sequence": [], "feedback": feedback.get_feedback(0, [])}
    while _work(len(password), matching.relevant_l33t_subtable(password, matching.L33T_TABLE)) > _MOST_WORK:
        password = password[:-1]
    result: dict[str, Any] = zxcvbn(password, user_inputs=list(own_words), max_length=JUDGED)
    return result


def _work(length: int, letters_by_sign: dict[str, list[str]]) -> int:
    """Tell how long zxcvbn will take.

    It tries every way to read signs as letters ("@" as "a"), each over every part of the password:
    1.4 s for 72 signs of all kinds, during which everybody's keys would wait.
    """
    return prod(map(len, letters_by_sign.values())) * length**2


def _holds_own_word(matches: Sequence[dict[str, Any]]) -> bool:
    return any(
        match.get("dictionary_name") == "user_inputs" and len(match["token"]) >= SHORTEST_OWN_WORD
        for match in matches
    )


def _advice(feedback: dict[str, Any]) -> str:
    """Say what makes the password weak, if it is known, and then what to do."""
    remedy, *more = feedback["suggestions"]
    reasons = [text for text in (feedback["warning"], *more) if text]
    return " ".join(ADVICE.get(text, _IN_OTHER_WORDS) for text in (*reasons[:1], remedy))
