"""Questions, and forms of several: asked one after the other, and again where an answer is not accepted."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sshauth.accounts import code_shapes
from sshauth.accounts.code_shapes import Shape
from sshauth.accounts.errors import DIFFERENT_PASSWORDS, AccountError, Busy, InvalidForm, TooManyTries
from sshauth.plain.talk import LONGEST_ANSWER, Talk
from sshauth.plain.visit import OnOurSide, Visit

LONGEST_SECRET = 256
NOT_JUDGED = (OnOurSide, Busy, TooManyTries)
"""What says nothing of a code: the same may be given again."""
EMPTY = "Please type something; Ctrl+C goes back to the menu."

Check = Callable[[str], Awaitable[str | None]]
T = TypeVar("T")


async def _fine(_answer: str) -> str | None:
    return None


@dataclass(frozen=True)
class Question:
    """What is asked for. ``name`` is how use cases and errors call it."""

    name: str
    label: str
    longest: int = LONGEST_ANSWER
    is_secret: bool = False
    is_code: bool = False
    """Whether it is good for one try: once refused it is not offered again."""
    hint: str = ""
    """What is said right before."""
    is_new_password: bool = False
    """Whether it is asked twice, so that a slip does no harm."""
    check: Check = _fine
    """Says what is wrong with an answer, before anything is done with it."""
    commands: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Answers that do something, and ask again."""


def rule(checked: Callable[[str], str]) -> Check:
    """Make a check of a rule that raises ``ValueError`` with words."""

    async def check(answer: str) -> str | None:
        try:
            checked(answer)
        except ValueError as error:
            return str(error)
        return None

    return check


def code_question(
    name: str, label: str, *takes: Shape, **commands: Callable[[], Awaitable[None]]
) -> Question:
    """Ask for a code; what cannot be one is said at once and judged by nobody, so that it does not count."""

    async def check(answer: str) -> str | None:
        return code_shapes.problem(code_shapes.found_in(answer, takes) or answer, takes)

    return Question(name, label, is_code=True, check=check, commands=commands)


def code_in(answer: str, *takes: Shape) -> str:
    """Give the code in an answer, in any writing, also from a whole line of a mail, as it is judged."""
    found = code_shapes.found_in(answer, takes)
    return code_shapes.bare(found) if found else answer


async def answer_to(talk: Talk, question: Question, before: str = "") -> str:
    """Ask until there is an answer that can be accepted; an empty one takes what was answered before."""
    label = question.label
    if before:
        is_read_out = not (question.is_secret or question.is_code)
        label += f" [{before}]" if is_read_out else " [Enter for the one you typed]"
    if question.hint:
        talk.say(question.hint)
    while True:
        typed = await talk.ask(
            f"{label}: ",
            longest=question.longest,
            is_secret=question.is_secret,
            is_code=question.is_code,
        )
        answer = typed if question.is_secret else typed.strip()
        if command := question.commands.get(answer.lower()):
            await _obey(talk, command)
        elif problem := await _problem(question, answer or before):
            talk.complain(problem)
        elif not answer or not question.is_new_password or await _is_repeated(talk, question, answer):
            return answer or before


async def _obey(talk: Talk, command: Callable[[], Awaitable[None]]) -> None:
    try:
        await command()
    except AccountError as error:
        talk.complain(error.message)


async def _problem(question: Question, answer: str) -> str | None:
    if not answer:
        return EMPTY
    try:
        return await question.check(answer)
    except AccountError as error:
        return error.message


async def _is_repeated(talk: Talk, question: Question, answer: str) -> bool:
    again = await talk.ask(f"{question.label} once more: ", longest=question.longest, is_secret=True)
    if again != answer:
        talk.complain(DIFFERENT_PASSWORDS["repeat_password"])
    return again == answer


async def fill(
    visit: Visit,
    questions: Sequence[Question],
    values: dict[str, str],
    submit: Callable[[Mapping[str, str]], Awaitable[T]],
    *,
    ends: tuple[type[AccountError], ...] = (),
    known: Collection[str] = (),
    together: Collection[str] = (),
) -> T:
    """Ask all questions and submit the answers; what is not accepted is asked again, the rest is kept.

    ``values`` hold what is offered as an answer, and then the answers. What is ``known`` is there already,
    and asked only if it is not accepted. Of what goes ``together`` all is asked again if one is refused.

    Raises:
        AccountError: one of ``ends``, after which there is no use in asking again.
    """
    labels = {question.name: question.label for question in questions}
    asked = set(labels) - set(known)
    while True:
        for question in questions:
            if question.name in asked:
                values[question.name] = await answer_to(visit.talk, question, values.get(question.name, ""))
        try:
            return await _submit(visit, questions, values, submit)
        except ends:
            raise
        except AccountError as error:
            wrong = _complain(visit.talk, error, labels)
            is_judged = not isinstance(error, NOT_JUDGED)
        asked = set(wrong or labels)
        if asked & set(together):
            asked |= set(together)
        codes = {question.name for question in questions if question.is_code and is_judged}
        for name in wrong | (asked & codes):
            values.pop(name, None)


async def _submit(
    visit: Visit,
    questions: Sequence[Question],
    values: Mapping[str, str],
    submit: Callable[[Mapping[str, str]], Awaitable[T]],
) -> T:
    """Submit the answers; codes among them that were taken are secrets no more."""
    done = await visit.attempt(submit, values)
    for question in questions:
        if question.is_code:
            visit.talk.traces.used_up(values[question.name])
    return done


def _complain(talk: Talk, error: AccountError, labels: Mapping[str, str]) -> set[str]:
    """Say what is wrong, and give the names of the questions that this concerns, if it names any."""
    if isinstance(error, InvalidForm):
        for name, words in error.problems.items():
            talk.complain(f"{labels[name]}: {words}" if name in labels else words)
        return set(error.problems) & set(labels)
    talk.complain(error.message)
    return {error.field} & set(labels) if error.field else set()


async def yes_or_no(answer: str) -> str | None:
    """Check that an answer is one of the two."""
    return None if answer.lower() in {"y", "yes", "n", "no"} else "Type yes or no."


def is_yes(answer: str) -> bool:
    """Tell which of the two it is."""
    return answer.lower().startswith("y")


async def agrees(talk: Talk, question: str, *, usually: str) -> bool:
    """Ask for yes or no; an empty answer is what is usual."""
    return is_yes(
        await answer_to(talk, Question("agrees", f"{question} yes or no", check=yes_or_no), usually)
    )
