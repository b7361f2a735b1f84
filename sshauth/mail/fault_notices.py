"""The words of the mail that tells those who look after the place that something went wrong. Pure."""

from collections.abc import Mapping, Sequence

from sshauth.mail.layout import Block, Content, Occasion, Place, lay_out, moment, way_in

TOLD = "They were told an incident number, which the log has, too."
HAPPENED: Mapping[str, str] = {
    "session.broken": f"Somebody's session broke and was ended. {TOLD}",
    "screen.failed": f"Something that somebody wanted on a screen failed. {TOLD}",
    "plain.failed": f"Something that somebody wanted in plain mode failed. {TOLD}",
    "screen.look_failed": "Something that was to help somebody on a screen failed. They did without.",
    "key.not_looked_up": "Somebody's key could not be looked up. They typed their password.",
    "theme.not_kept": "A theme that somebody chose could not be stored. They have it for that session.",
    "connection.broken": "A connection broke at the door, before there was a session.",
    "worker.ended": "A process that serves people ended by itself, and its people were cut off. "
    "A new one takes its place.",
    "supervisor.gone": "The main process has gone, so a process that serves people stops, too. "
    "Start the service again.",
    "node.lost": "A machine of this service has not been heard of for a while, and did not say goodbye.",
    "nodes.host_keys_differ": "Another machine of this service has another host key: the SSH clients of "
    "people who come to both warn of an attack. Give all the same host keys.",
    "nodes.failed": "A process could not tell the others that it is there. It is tried again.",
    "mail.given_up": "A mail could not be sent and was given up: who was to have it does not know that.",
    "mail.failed": "A mail could not be written. It is tried again for a day.",
    "mail.queue_failed": "The mail queue could not be read. It is tried again every few seconds.",
    "sessions.watch_failed": "The database could not be read, so sessions that were ended elsewhere go on "
    "for now.",
    "sessions.listener_failed": "Somebody could not be told what became of their session.",
    "metrics.failed": "A page for programs that watch could not be made.",
    "tunnel.broken": "The tunnel to the relay broke on our side. It is opened again.",
    "background.failed": "Work that goes on beside the rest, such as sending mail, broke and is not done any "
    "more. Start the service again.",
    "upkeep.failed": "Old rows could not be taken out of the database. It is tried again.",
    "host_keys.not_reloaded": "The host keys could not be read again; those of before are in use.",
    "motd.not_reloaded": "The message of the day could not be read again; that of before is shown.",
}
"""What events mean to who did not write the program."""


def fault(
    place: Place,
    occasion: Occasion,
    *,
    event: str,
    error: str,
    places: Sequence[str],
    facts: Mapping[str, str | int],
    before: int,
) -> Content:
    """Tell what went wrong and where. Neither an error's own words nor anybody's data are in it."""
    return lay_out(
        f"Something went wrong on {place.app_name}",
        [
            Block("Hello,"),
            Block(HAPPENED.get(event, f"{place.app_name} has logged an error.")),
            Block(f"It came from {occasion.address} on {moment(occasion.at)}."),
            Block(f"In the log: {event}{f' ({error})' if error else ''}"),
            *(Block(f"{name}: {value}") for name, value in facts.items()),
            *_places(places),
            *([Block(_times(before))] if before else []),
            Block(
                "The log on that machine has more. You are mailed about the same fault once an hour at most, "
                "whichever machine it is on."
            ),
            *way_in(place, "To connect:"),
        ],
    )


def _places(places: Sequence[str]) -> list[Block]:
    return [Block("Where in the program, the innermost last:"), *map(Block, places)] if places else []


def _times(before: int) -> str:
    times = "time" if before == 1 else "times"
    return f"The same happened there {before} {times} more since the mail before."
