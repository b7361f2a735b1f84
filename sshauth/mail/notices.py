"""The words of the mails that tell somebody what happened to their account (row 19). Pure."""

from sshauth.mail.layout import Block, Content, Occasion, Place, lay_out, moment, one_line, way_in

FEW_CODES = 3
"""So few recovery codes left call for new ones (row 13)."""

_CLIENT_LENGTH = 64

_LOOK_INSIDE = (
    "If that was not you, sign in, change your password under Security, and end every session that you do "
    "not know under Sessions. If you cannot sign in, press F3 on the Sign in screen to reset the password."
)
_BY_RECOVERY_CODE = (
    "If that was not you, sign in at once and change your password under Security; or press F3 on the Sign "
    "in screen to reset it. Where a code is asked for and your authenticator's is refused, type one of your "
    "recovery codes. Then put your authenticators right under Security, and end every session that you do "
    "not know under Sessions."
)


def new_source(place: Place, occasion: Occasion) -> Content:
    """Tell of a sign-in from where the account was never used."""
    return _notice(
        place,
        occasion,
        f"New sign-in to your account on {place.app_name}",
        f"Somebody signed in to {_account(place, occasion)} from a place that was not seen before, with your "
        "password and a code.",
        _LOOK_INSIDE,
    )


def wrong_codes(place: Place, occasion: Occasion) -> Content:
    """Tell that somebody holds the password, but not the authenticator."""
    return _notice(
        place,
        occasion,
        f"Wrong codes with your password on {place.app_name}",
        f"Somebody typed the right password of {_account(place, occasion)} with a wrong code three times. "
        "They were not let in.",
        "If that was you, mistyping or with a phone whose clock is wrong, there is nothing to do. If not, "
        "somebody knows your password: sign in now and change it under Security, or press F3 on the Sign in "
        "screen to reset it.",
    )


def wrong_codes_with_key(place: Place, occasion: Occasion, *, fingerprint: str) -> Content:
    """Tell that somebody holds an SSH key, but not the authenticator."""
    return _notice(
        place,
        occasion,
        f"Wrong codes with your SSH key on {place.app_name}",
        f"Somebody connected with an SSH key of {_account(place, occasion)}, {fingerprint}, and typed a "
        "wrong code three times. They were not let in.",
        "If that was you, mistyping or with a phone whose clock is wrong, there is nothing to do. If not, "
        "somebody holds your key: sign in now and remove it under Keys.",
    )


def codes_used_up(place: Place, occasion: Occasion) -> Content:
    """Tell that the password is refused from unknown places for a while, and what helps."""
    return _notice(
        place,
        occasion,
        f"Sign-in held up for your account on {place.app_name}",
        f"Somebody typed the right password of {_account(place, occasion)} with too many wrong codes. They "
        "were not let in. From there, and from places like it, that password is now refused even with a "
        "right code: for a quarter of an hour, and after ten wrong ones in a day for the rest of it.",
        "To get in at once, type one of your recovery codes in place of the code, or press F3 on the Sign in "
        "screen to reset the password. If it was not you who typed the codes, somebody knows your password: "
        "do change it.",
    )


def codes_with_key_used_up(place: Place, occasion: Occasion, *, fingerprint: str) -> Content:
    """Tell that every SSH key is refused for a while, and what helps."""
    return _notice(
        place,
        occasion,
        f"Your SSH keys are held up on {place.app_name}",
        f"Somebody connected with an SSH key of {_account(place, occasion)}, {fingerprint}, and typed too "
        "many wrong codes. They were not let in. Your SSH keys are now refused even with a right code: for "
        "a quarter of an hour, and after ten wrong ones in a day for the rest of it.",
        "To get in at once, sign in with your password, or type one of your recovery codes in place of the "
        "code. If it was not you who typed the codes, somebody holds your key: remove it under Keys.",
    )


def password_changed(
    place: Place, occasion: Occasion, *, keys_forgotten: int = 0, keys_kept: int = 0
) -> Content:
    """Tell of a new password set by somebody signed in."""
    return _notice(
        place,
        occasion,
        f"Your password on {place.app_name} was changed",
        f"The password of {_account(place, occasion)} was changed, and its other sessions were ended."
        f"{_forgotten(keys_forgotten)}{_kept(keys_kept)}",
        "If that was not you, press F3 on the Sign in screen at once and reset the password. Then sign in, "
        "look at your authenticators under Security, and end every session that you do not know under "
        "Sessions.",
    )


def password_reset(place: Place, occasion: Occasion, *, keys_forgotten: int = 0) -> Content:
    """Tell of a new password set with a mailed code."""
    return _notice(
        place,
        occasion,
        f"Your password on {place.app_name} was reset",
        f"The password of {_account(place, occasion)} was reset with a code from a mail to this address and "
        "a code of your authenticator or a recovery code. All its sessions were ended."
        f"{_forgotten(keys_forgotten)}",
        "If that was not you, somebody can read your mail: change the password of your mail account first. "
        "Then press F3 on the Sign in screen and reset this password. Sign in, look at your authenticators "
        "and make new recovery codes under Security.",
    )


def recovery_code_used(place: Place, occasion: Occasion, *, left: int) -> Content:
    """Tell that a recovery code stood in for the authenticator, and how many are left."""
    codes = "1 is" if left == 1 else f"{left or 'none'} are"
    new_ones = " Make new ones under Security." if left <= FEW_CODES else ""
    return _notice(
        place,
        occasion,
        f"A recovery code was used on {place.app_name}",
        f"A recovery code of {_account(place, occasion)} was used in place of a code from your "
        f"authenticator. Of your recovery codes {codes} left.{new_ones}",
        f"{_LOOK_INSIDE} Then make new recovery codes under Security: somebody has seen yours.",
    )


def recovery_codes_remade(place: Place, occasion: Occasion) -> Content:
    """Tell that the old recovery codes are dead."""
    return _notice(
        place,
        occasion,
        f"New recovery codes on {place.app_name}",
        f"New recovery codes were made for {_account(place, occasion)}. The old ones no longer work.",
        f"{_LOOK_INSIDE} Then make new recovery codes under Security, so that only you have them.",
    )


def authenticator_added(place: Place, occasion: Occasion, *, name: str) -> Content:
    """Tell of a second authenticator."""
    return _notice(
        place,
        occasion,
        f"An authenticator was added on {place.app_name}",
        f'A second authenticator, "{name}", was added to {_account(place, occasion)}. Its codes now sign in '
        "too.",
        f"{_LOOK_INSIDE} Then remove that authenticator under Security.",
    )


def authenticator_replaced(place: Place, occasion: Occasion, *, name: str) -> Content:
    """Tell that the codes of an old authenticator are dead."""
    return _notice(
        place,
        occasion,
        f"An authenticator was replaced on {place.app_name}",
        f'An authenticator of {_account(place, occasion)} was replaced by a new one, "{name}". Codes of the '
        "old one no longer work.",
        _BY_RECOVERY_CODE,
    )


def authenticator_removed(place: Place, occasion: Occasion, *, name: str) -> Content:
    """Tell that an authenticator is gone."""
    return _notice(
        place,
        occasion,
        f"An authenticator was removed on {place.app_name}",
        f'The authenticator "{name}" was removed from {_account(place, occasion)}. Its codes no longer work.',
        _BY_RECOVERY_CODE,
    )


def authenticator_set_up(place: Place, occasion: Occasion) -> Content:
    """Tell of the authenticator that was set up after an administrator's reset."""
    return _notice(
        place,
        occasion,
        f"A new authenticator was set up on {place.app_name}",
        f"A new authenticator was set up for {_account(place, occasion)}, with your password and the code "
        "that was mailed to you. New recovery codes were made with it.",
        "If that was not you, somebody knows your password and can read your mail. Change the password of "
        "your mail account, then have your authenticator reset again: you cannot sign in before.",
    )


def key_added(place: Place, occasion: Occasion, *, name: str, fingerprint: str) -> Content:
    """Tell of an SSH key that stands for the password from now on."""
    return _notice(
        place,
        occasion,
        f"An SSH key was added on {place.app_name}",
        f'The SSH key "{name}", {fingerprint}, was added to {_account(place, occasion)}. Whoever connects '
        "with it signs in with a code alone: it stands for your password.",
        f"{_LOOK_INSIDE} Then remove that key under Keys.",
    )


def email_changed(place: Place, occasion: Occasion, *, old: str, new: str, to: str) -> Content:
    """Tell the new address, and the old one: to its owner a reset is no way out."""
    if to == old:
        advice = (
            "Mail about the account no longer comes to this address. If that was not you, sign in at once, "
            "change your password under Security, and put your address back. If you cannot sign in, only "
            f"the people who run {place.app_name} can help: the code of a reset goes to the new address."
        )
    else:
        advice = _LOOK_INSIDE
    return _notice(
        place,
        occasion,
        f"Your address on {place.app_name} was changed",
        f"The email address of {_account(place, occasion)} was changed from {old} to {new}.",
        advice,
    )


def data_taken(place: Place, occasion: Occasion) -> Content:
    """Tell of the person's data being shown to somebody signed in."""
    return _notice(
        place,
        occasion,
        f"Your data on {place.app_name} was downloaded",
        f"All that is kept about {_account(place, occasion)} was shown to somebody signed in to it. It holds "
        "names, addresses and what happened, and nothing that opens the account.",
        _LOOK_INSIDE,
    )


def names_changed(place: Place, occasion: Occasion) -> Content:
    """Tell of another first or last name."""
    return _notice(
        place,
        occasion,
        f"Your name on {place.app_name} was changed",
        f"The first or last name of {_account(place, occasion)} was changed.",
        _LOOK_INSIDE,
    )


def account_deleted(place: Place, occasion: Occasion) -> Content:
    """Say goodbye; the account is gone when this is sent."""
    return _notice(
        place,
        occasion,
        f"Your account on {place.app_name} was deleted",
        f"Your account {occasion.user_name} on {place.app_name} was deleted, with all that belonged "
        "to it. It cannot be brought back, and its user name is free again.",
        "To come back, get an account as you did before. If that was not you, somebody had your password and "
        "a code: change that password wherever else you use it.",
    )


def _forgotten(keys: int) -> str:
    if not keys:
        return ""
    return f" {keys} SSH key{' was' if keys == 1 else 's were'} forgotten: none stands for the password now."


def _kept(keys: int) -> str:
    if not keys:
        return ""
    return (
        " 1 SSH key was kept: it stands for the new password too."
        if keys == 1
        else f" {keys} SSH keys were kept: each stands for the new password too."
    )


def _notice(place: Place, occasion: Occasion, subject: str, happened: str, advice: str) -> Content:
    """Write what happened, when, from where and with what, and what to do about it."""
    # A stranger with a stolen password chooses what the client calls itself: in quotes, and not at length.
    client = one_line(occasion.client)[:_CLIENT_LENGTH]
    with_what = f', with a client that calls itself "{client}"' if client else ""
    return lay_out(
        subject,
        [
            Block(f"Hello {occasion.first_name},"),
            Block(happened),
            Block(f"It came from {occasion.address} on {moment(occasion.at)}{with_what}."),
            Block(f"{advice} Tell the people who run {place.app_name} too."),
            *way_in(place, "To connect:"),
        ],
    )


def _account(place: Place, occasion: Occasion) -> str:
    return f"your account {occasion.user_name} on {place.app_name}"
