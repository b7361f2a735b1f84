"""Sessions: from where one is signed in; ending one, or all others."""

from collections.abc import Sequence

from sshauth.accounts.peer import client_name
from sshauth.accounts.sessions import SessionInfo
from sshauth.plain.questions import Question, answer_to
from sshauth.plain.visit import Visit
from sshauth.times import ago, exactly

NO_OTHER = "No other session is live."


async def look_at_sessions(visit: Visit) -> None:
    """Read the sessions out, and end what is chosen, until there is nothing more to end."""
    sessions, talk = visit.accounts.sessions, visit.talk
    while True:
        others = _read_out(visit, await visit.attempt(sessions.all, visit.me))
        if not others:
            talk.say(NO_OTHER)
            return
        answer = await _which(visit, len(others))
        if answer == "none":
            return
        if answer == "all":
            ended = await visit.attempt(sessions.end_others, visit.me, visit.peer)
            talk.say("One session ended." if ended == 1 else f"{ended} sessions ended.")
        else:
            await visit.attempt(sessions.end, visit.me, others[int(answer) - 1].id, visit.peer)
            talk.say("Ended.")


def _read_out(visit: Visit, sessions: Sequence[SessionInfo]) -> list[SessionInfo]:
    """Read out those that are live, and number and give the others."""
    live = [each for each in sessions if each.ended_at is None]
    others = [each for each in live if not each.is_this]
    now = visit.accounts.sessions.clock()
    for each in live:
        which = "This session" if each.is_this else f"{others.index(each) + 1}"
        visit.talk.say(
            f"{which}: from {each.address} by {client_name(each.client)}, "
            f"started {exactly(each.started_at, visit.zone)}, "
            f"last typed {ago(each.last_input_at, now, visit.zone)}."
        )
    return others


async def _which(visit: Visit, count: int) -> str:
    async def check(answer: str) -> str | None:
        return None if answer in answers else f"Type a number from 1 to {count}, all, or none."

    answers = {"all", "none", *map(str, range(1, count + 1))}
    question = Question("session", "End which one? A number, all, or none", check=check)
    return await answer_to(visit.talk, question, "none")
