"""The words of the mails that tell what administrators did, and who became one. Pure.

To whom it concerns they name no address: it would be that of an administrator.
"""

from sshauth.mail.layout import Block, Content, Occasion, Place, lay_out, moment, way_in


def account_disabled(place: Place, occasion: Occasion) -> Content:
    """Tell that nobody signs in to the account any more."""
    return _notice(
        place,
        occasion,
        f"Your account on {place.app_name} was disabled",
        f"An administrator of {place.app_name} disabled your account {occasion.user_name} on "
        f"{moment(occasion.at)}. Its sessions were ended, and nobody can sign in to it until it is enabled "
        "again. Nothing in it was deleted.",
    )


def account_enabled(place: Place, occasion: Occasion) -> Content:
    """Tell that the account may be used again."""
    return _notice(
        place,
        occasion,
        f"Your account on {place.app_name} was enabled",
        f"An administrator of {place.app_name} enabled your account {occasion.user_name} again on "
        f"{moment(occasion.at)}. Sign in as before.",
    )


def account_removed(place: Place, occasion: Occasion) -> Content:
    """Tell that the account is gone, by an administrator's command."""
    return _notice(
        place,
        occasion,
        f"Your account on {place.app_name} was deleted",
        f"An administrator of {place.app_name} deleted your account {occasion.user_name} on "
        f"{moment(occasion.at)}, with all that belonged to it. It cannot be brought back, and its user name "
        "is free again.",
    )


def promoted(place: Place, occasion: Occasion) -> Content:
    """Tell somebody that they are an administrator from now on."""
    return _notice(
        place,
        occasion,
        f"You are an administrator of {place.app_name}",
        f"Your account {occasion.user_name} was made an administrator of {place.app_name}, by a command on "
        f"its server, on {moment(occasion.at)}. From your next sign-in on, F8 on Home leads to everybody's "
        "accounts and sessions.",
    )


def demoted(place: Place, occasion: Occasion) -> Content:
    """Tell somebody that they are no administrator from now on."""
    return _notice(
        place,
        occasion,
        f"You are no administrator of {place.app_name} any more",
        f"Your account {occasion.user_name} is no administrator of {place.app_name} any more, by a command "
        f"on its server, on {moment(occasion.at)}. Its sessions were ended; sign in again as before.",
    )


def admin_made(place: Place, occasion: Occasion) -> Content:
    """Tell those who look after the place that somebody became an administrator."""
    return _to_admins(
        place,
        occasion,
        f"A new administrator of {place.app_name}",
        f"The account {occasion.user_name} was made an administrator of {place.app_name}: it sees "
        "everybody's sessions and what happened to accounts, ends sessions, disables accounts and resets "
        "authenticators.",
        "demote",
    )


def admin_unmade(place: Place, occasion: Occasion) -> Content:
    """Tell those who look after the place that somebody is no administrator any more."""
    return _to_admins(
        place,
        occasion,
        f"An administrator of {place.app_name} less",
        f"The account {occasion.user_name} is no administrator of {place.app_name} any more.",
        "promote",
    )


def _notice(place: Place, occasion: Occasion, subject: str, happened: str) -> Content:
    return lay_out(
        subject,
        [
            Block(f"Hello {occasion.first_name},"),
            Block(happened),
            Block(f"If you did not expect that, ask the people who run {place.app_name}."),
            *way_in(place, "To connect:"),
        ],
    )


def _to_admins(place: Place, occasion: Occasion, subject: str, happened: str, way_back: str) -> Content:
    return lay_out(
        subject,
        [
            Block("Hello,"),
            Block(happened),
            Block(f"It came from {occasion.address} on {moment(occasion.at)}, by a command typed there."),
            Block(
                "If that was not you, nor anybody who runs the place with you, somebody else can type "
                "commands on that machine: look after it first. To take it back: "
                f"sshauth user {way_back} {occasion.user_name}"
            ),
            *way_in(place, "To connect:"),
        ],
    )
