"""What administrators do to accounts."""

import pytest

from sshauth.accounts.errors import AccountError, GoneAway, SignInRefused
from sshauth.accounts.peer import Peer
from tests.accounts.people import HERE, World

CONSOLE = Peer("this machine", client="command line")


async def test_disabling_ends_every_session_at_once(world: World) -> None:
    """Row 17: none is spared; each is told within one beat, wherever it runs."""
    ada = await world.register()
    others = [await ada.sign_in_elsewhere(node) for node in ("node/2", "node/3")]
    await world.accounts.administration.disable(" ADA ", CONSOLE)
    for other in others:
        assert await other.told() == ["You were signed out: this account was disabled."]
    assert await world.live() == []
    assert (await world.audited())[-1] == "account-disabled"


async def test_a_disabled_account_is_like_none(world: World) -> None:
    """Row 5: the same words, no reset, and none of its sessions confirms anything."""
    ada = await world.register()
    await world.accounts.administration.disable("ada", CONSOLE)
    with pytest.raises(SignInRefused):
        await ada.sign_in()
    with pytest.raises(SignInRefused):
        await ada.sign_in(code=ada.recovery_codes[0])
    await world.accounts.reset.request("ada", HERE)
    assert "reset-code" not in await world.kinds_mailed()
    with pytest.raises(AccountError):
        await ada.confirm_it_is_me()
    with pytest.raises(GoneAway):
        await world.accounts.own_data.text(ada.identity, HERE)


async def test_a_code_that_was_mailed_before_does_not_reset(world: World) -> None:
    """Disabling in the middle of a reset stops it."""
    ada = await world.register()
    await world.accounts.reset.request("ada", HERE)
    code = await world.mailed_code()
    await world.accounts.administration.disable("ada", CONSOLE)
    with pytest.raises(AccountError):
        await ada.reset(code)
    assert await world.letters() == [None]


async def test_enabling_lets_it_be_used_again(world: World) -> None:
    """With the same password and authenticator; sessions that ended stay ended."""
    ada = await world.register()
    await world.accounts.administration.disable("ada", CONSOLE)
    await world.accounts.administration.enable("ada", CONSOLE)
    assert await world.live() == []
    await ada.sign_in()
    assert (await world.audited())[-2:] == ["account-enabled", "signed-in"]


async def test_nobody_of_that_name(world: World) -> None:
    """It says so, and writes nothing down."""
    for act in (world.accounts.administration.disable, world.accounts.administration.enable):
        with pytest.raises(GoneAway):
            await act("nobody", CONSOLE)
    assert await world.audited() == []
