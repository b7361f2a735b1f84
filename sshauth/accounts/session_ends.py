"""Why sessions end, and what is said of it. Pure."""

from enum import StrEnum


class EndReason(StrEnum):
    """Why a session ended."""

    LEFT = "left"
    SIGNED_OUT = "signed-out"
    CLOSED = "closed"
    IDLE = "idle"
    EXPIRED = "expired"
    ENDED = "ended"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a reason
    PASSWORD_RESET = "password-reset"  # noqa: S105 - the same
    AUTHENTICATOR_CHANGED = "authenticator-changed"
    AUTHENTICATOR_RESET = "authenticator-reset"
    EMAIL_CHANGED = "email-changed"
    BY_ADMIN = "by-admin"
    DEMOTED = "demoted"
    DISABLED = "disabled"
    DELETED = "deleted"
    LOST = "lost"
    UPGRADED = "upgraded"
    RESTORED = "restored"


IN_WORDS = {
    EndReason.LEFT: "left",
    EndReason.SIGNED_OUT: "signed out",
    EndReason.CLOSED: "connection closed",
    EndReason.IDLE: "nothing typed for too long",
    EndReason.EXPIRED: "lasted as long as it may",
    EndReason.ENDED: "ended from another session",
    EndReason.PASSWORD_CHANGED: "password changed",
    EndReason.PASSWORD_RESET: "password reset",
    EndReason.AUTHENTICATOR_CHANGED: "authenticator changed",
    EndReason.AUTHENTICATOR_RESET: "authenticator reset by an administrator",
    EndReason.EMAIL_CHANGED: "email address changed",
    EndReason.BY_ADMIN: "ended by an administrator",
    EndReason.DEMOTED: "no administrator any more",
    EndReason.DISABLED: "account disabled",
    EndReason.DELETED: "account deleted",
    EndReason.LOST: "the server stopped",
    EndReason.UPGRADED: "the server was upgraded",
    EndReason.RESTORED: "the server was restored from a backup",
}
"""What a list of sessions says of how one ended."""

FAREWELLS = {
    EndReason.ENDED: "You were signed out from another session of yours.",
    EndReason.PASSWORD_CHANGED: "You were signed out: the password was changed in another session.",
    EndReason.PASSWORD_RESET: "You were signed out: the password was reset.",
    EndReason.AUTHENTICATOR_CHANGED: "You were signed out: authenticators were changed in another session.",
    EndReason.AUTHENTICATOR_RESET: "You were signed out: an administrator reset the authenticator.",
    EndReason.EMAIL_CHANGED: "You were signed out: the email address was changed in another session.",
    EndReason.BY_ADMIN: "You were signed out by an administrator.",
    EndReason.DEMOTED: "You were signed out: you are no administrator any more. You may sign in again.",
    EndReason.DISABLED: "You were signed out: this account was disabled.",
    EndReason.DELETED: "You were signed out: this account was deleted.",
}
"""What the person in a session is told that was ended from elsewhere."""


def farewell(reason: str | None) -> str:
    """Say to the person why their session is over; a row that is gone went with its account."""
    return FAREWELLS.get(EndReason(reason or EndReason.DELETED), "You were signed out.")
