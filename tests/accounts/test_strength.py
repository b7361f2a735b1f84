"""How passwords are judged, and what is said about them."""

import ast
import asyncio
import inspect
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn import feedback

from sshauth.accounts import strength
from sshauth.accounts.strength import Strength, Verdict

ADA = ("ada_l", "Ada.Byron@mail.example.org", "Ada", "Lovelace")
NOT_OWN_WORDS = "Do not use your name, email address or Harbour in it."


@pytest_asyncio.fixture
async def judge() -> AsyncIterator[Strength]:
    """Give a judge for an app named Harbour."""
    judge = Strength("Harbour")
    await judge.warm_up()
    yield judge
    judge.close()


def texts_of_zxcvbn() -> set[str]:
    """Read all that zxcvbn can say from its own source."""
    calls = ast.walk(ast.parse(inspect.getsource(feedback)))
    return {
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_everything_zxcvbn_says_has_our_words() -> None:
    """A new version that says something new fails here."""
    assert texts_of_zxcvbn() == set(strength.ADVICE)


def test_two_sentences_fit_two_lines_beside_a_field() -> None:
    """110 characters, with the longest name an app may have."""
    longest = max(map(len, strength.ADVICE.values()))
    remedies = (
        "Use a few words, avoid common phrases.",
        "Add another word or two. Uncommon words are better.",
    )
    assert longest + 1 + max(len(strength.ADVICE[text]) for text in remedies) <= 110
    assert len(NOT_OWN_WORDS.replace("Harbour", "x" * 20)) <= 110


@pytest.mark.parametrize(
    ("password", "advice"),
    [
        ("", "Capitals, digits and signs are not needed. Use a few words that do not belong together."),
        ("password", "This is one of the ten most used passwords. Add a word or two, the rarer the better."),
        ("dragonfly", "Many people use this password. Add a word or two, the rarer the better."),
        (
            "dragonfly 7",
            "This is close to a password that many people use. Add a word or two, the rarer the better.",
        ),
        ("passwordpassword", "Repeating it helps little. Add a word or two, the rarer the better."),
        ("aaaaaaaaaaaa", 'Repeats like "aaa" are easy to guess. Add a word or two, the rarer the better.'),
        ("xq7 kt", "Add a word or two, the rarer the better."),
        ("esrever", "Words written backwards help little. Add a word or two, the rarer the better."),
    ],
)
async def test_weak_passwords_hear_why_and_how_to_do_better(
    judge: Strength, password: str, advice: str
) -> None:
    """ASVS 6.2.4: the reason first, if there is one, then what to do."""
    verdict = await judge.judge(password, own_words=ADA)
    assert verdict.advice == advice
    assert not verdict.is_enough


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "tulips over a frozen harbour lake",
        "I wish Lovelace had built it",
        "Kx9#mQ2v!pLz",
    ],
)
async def test_passwords_that_are_hard_to_guess_are_enough(judge: Strength, password: str) -> None:
    """One's own words may be among others, if the others are enough."""
    verdict = await judge.judge(password, own_words=ADA)
    assert verdict.is_enough
    assert verdict.advice == "This is hard to guess."


@pytest.mark.parametrize(
    "password",
    [
        "LovelaceHarbour1",
        "Lovelace-Byron-Harbour",
        "ada.byron@mail.example.org",
        "exampleharbour2024",
        "ADA_L lovelace",
        "L0vel@ce1815",
        "HarbourHarbourHarbour",
        "ecalevol!1",
    ],
)
async def test_passwords_made_of_ones_own_words_are_refused(judge: Strength, password: str) -> None:
    """Row 2: user name, address and its parts, names, the app; in any case, with signs, backwards."""
    assert await judge.judge(password, own_words=ADA) in {Verdict(score, NOT_OWN_WORDS) for score in range(3)}


async def test_short_own_words_are_not_blamed(judge: Strength) -> None:
    """Ada is in adamant too: the word itself is what is weak."""
    verdict = await judge.judge("adamant", own_words=ADA)
    assert not verdict.is_enough
    assert "name, email" not in verdict.advice


async def test_names_of_three_letters_do_not_count_as_words(judge: Strength) -> None:
    """Nor are they blamed when zxcvbn finds them."""
    assert (await judge.judge("ada12", own_words=ADA)).advice != NOT_OWN_WORDS


async def test_without_own_words_the_same_may_be_used(judge: Strength) -> None:
    """What is refused to Ada is fine for somebody else."""
    password = "Lovelace-Byron-Gondal"
    own = (*ADA, "Gondal")
    assert not (await judge.judge(password, own_words=own)).is_enough
    assert (await judge.judge(password, own_words=())).is_enough


async def test_passwords_are_judged_in_their_one_form(judge: Strength) -> None:
    """Wide letters are the same password as narrow ones (NFKC)."""
    wide = "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44"
    assert await judge.judge(wide, own_words=()) == await judge.judge("password", own_words=())


async def test_72_characters_are_judged(judge: Strength) -> None:
    """What stands behind them makes no difference, however much it is."""
    weak = "a" * 72
    strong_behind = await judge.judge(weak + "tulips over a frozen lake" * 10_000, own_words=())
    assert strong_behind == await judge.judge(weak, own_words=())
    assert (await judge.judge("a" * 40 + "tulips over a frozen lake", own_words=())).is_enough


def test_signs_of_all_kinds_do_not_keep_everybody_waiting() -> None:
    """Zxcvbn reads signs as letters in all ways: 1.4 s for 72 of them, were not only the first 18 judged."""
    signs = "4@8({[<369&!1|7$05+%2x" * 3
    sentence = "4 tulips & 1 rose over the (frozen) lake, 80% of them red: why not?"
    assert strength._ask_zxcvbn(signs, ())["password"] == signs[:18]
    assert strength._ask_zxcvbn(sentence, ())["password"] == sentence


async def test_judging_leaves_the_event_loop_free(judge: Strength) -> None:
    """While passwords are judged, others get their turn."""
    turns = 0
    judging = asyncio.gather(*(judge.judge("12" * 36, own_words=ADA) for _ in range(6)))
    while not judging.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20


class Counting(Strength):
    """Counts what it judges."""

    judged = 0

    def _judge(self, password: str, own_words: Sequence[str]) -> Verdict:
        self.judged += 1
        return super()._judge(password, own_words)


async def test_what_nobody_waits_for_is_not_judged() -> None:
    """A person types faster than passwords are judged."""
    judge = Counting("Harbour")
    typing = [
        asyncio.ensure_future(judge.judge("12" * 36, own_words=ADA, source=str(number)))
        for number in range(50)
    ]
    await asyncio.sleep(0)
    for one in typing[:-1]:
        one.cancel()
    await asyncio.gather(*typing, return_exceptions=True)
    assert not typing[-1].result().is_enough
    assert judge.judged < 10
    judge.close()


@pytest.mark.parametrize(
    ("score", "label", "enough"),
    [
        (0, "Very weak", False),
        (1, "Weak", False),
        (2, "Too weak", False),
        (3, "Good", True),
        (4, "Strong", True),
    ],
)
def test_a_verdict_has_a_word_and_a_limit(score: int, label: str, enough: bool) -> None:
    """Row 2: refused below 3."""
    verdict = Verdict(score, "")
    assert (verdict.label, verdict.is_enough) == (label, enough)


async def test_what_will_do_is_told_how_to_be_strong(judge: Strength) -> None:
    """Score 3 is accepted, and could be better."""
    verdict = await judge.judge("tulips frozen", own_words=())
    assert verdict == Verdict(3, "This will do. One more word would make it strong.")


@settings(deadline=None)
@given(st.text(st.characters(), max_size=80), st.lists(st.text(max_size=20), max_size=4))
def test_any_text_can_be_judged(password: str, own_words: list[str]) -> None:
    """Nothing that is typed breaks zxcvbn, and no verdict shows a password."""
    judge = Strength("Harbour")
    verdict = asyncio.run(judge.judge(password, own_words=own_words))
    judge.close()
    assert 0 < len(verdict.advice) <= 110
    assert len(password) < 4 or password not in repr(verdict)
