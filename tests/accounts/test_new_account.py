"""What the Create account form may hold."""

import pytest

from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.errors import InvalidForm
from sshauth.accounts.new_account import NewAccountCheck, NewPasswordCheck
from sshauth.accounts.strength import Strength
from tests.accounts.people import HERE, PASSWORD, form


async def checked(**changes: str) -> dict[str, str]:
    """Check a form; give its values, or else the problems of its fields."""
    strength = Strength("sshauth")
    try:
        return await NewAccountCheck(NewPasswordCheck(strength), "sshauth", EntrancePolicy())(
            form(**changes), HERE
        )
    except InvalidForm as refused:
        return {f"! {name}": words for name, words in refused.problems.items()}
    finally:
        strength.close()


async def test_values_are_given_as_they_will_be_kept() -> None:
    """Without what stands around them."""
    values = await checked(first_name=" Ada ", user_name=" ada\n", email=" ada@EXAMPLE.org ")
    assert values == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "user_name": "ada",
        "email": "ada@example.org",
    }


async def test_every_wrong_field_is_said_at_once() -> None:
    """A form full of mistakes gets words for each."""
    problems = await checked(
        first_name="", last_name="\u202e", user_name="SSHauth", email="no", password="short",
        repeat_password="shorter",
    )  # fmt: skip
    names = ("first_name", "last_name", "user_name", "email", "password", "repeat_password")
    assert set(problems) == {f"! {name}" for name in names}
    assert problems["! repeat_password"] == "The passwords differ."


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"password": "lovelace-ada-lovelace"}, {"! password"}),
        ({"password": "adaada@example.org"}, {"! password"}),
        ({"password": "password1234"}, {"! password"}),
        ({"repeat_password": PASSWORD + "!"}, {"! repeat_password"}),
    ],
)
async def test_a_password_that_others_would_guess_is_refused(
    changes: dict[str, str], fields: set[str]
) -> None:
    """Row 2: common ones and those made of the person's own words; and the two must be the same."""
    assert set(await checked(**changes)) == fields
