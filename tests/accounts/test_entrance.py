"""Who may have an account: nobody new, or those with addresses at some domains."""

import pytest

from sshauth.accounts import rules
from sshauth.accounts.entrance import Entrance
from sshauth.accounts.errors import InvalidForm, RegistrationClosed
from sshauth.db.tables import EmailChangeRequest, PendingRegistration
from tests.accounts.inviting import use_entrance
from tests.accounts.people import HERE, Person, World


async def test_nobody_creates_an_account_where_that_is_closed(world: World) -> None:
    """Not even who finds a way to the form; they are told whom to ask. Those who have one sign in."""
    ada = await world.register()
    use_entrance(world, Entrance.CLOSED)
    with pytest.raises(RegistrationClosed, match=r"ask it@example\.org for one"):
        await world.enrol(user_name="grace", email="grace@example.org")
    assert await world.rows(PendingRegistration) == []
    await ada.sign_in()


async def test_whoever_was_registering_when_it_was_closed_may_finish(world: World) -> None:
    """Half an hour at most."""
    ada = Person(world, await world.enrol())
    use_entrance(world, Entrance.CLOSED)
    await world.accounts.registration.confirm(ada.enrolment, ada.code(), HERE)


@pytest.mark.parametrize("email", ["ada@example.com", "ada@sub.example.org", "ada@notexample.org"])
async def test_an_account_has_an_address_at_one_of_the_domains(world: World, email: str) -> None:
    """It is said beside the field, with all else that is wrong."""
    use_entrance(world, Entrance.OPEN, "example.org", "example.net")
    with pytest.raises(InvalidForm) as refused:
        await world.enrol(email=email, first_name="")
    assert refused.value.problems == {
        "email": "Use an address at example.org or example.net.",
        "first_name": "This cannot be empty.",
    }
    await world.enrol(email="ada@EXAMPLE.net")


async def test_an_address_is_judged_while_the_form_is_filled(world: World) -> None:
    """By its form and its domain alone: whether it has an account is nobody's business."""
    await world.register()
    use_entrance(world, Entrance.OPEN, "example.org")
    problem = world.accounts.registration.email_problem
    assert [problem(text) for text in ("ada@example.org", "ada@example.com", "ada")] == [
        None,
        "Use an address at example.org.",
        "Mail cannot reach that address.",
    ]


async def test_a_change_leads_to_one_of_the_domains_too(world: World) -> None:
    """Else who was let in with one address could go on with any; who has another already keeps it."""
    world.use(mail_goes_out=True)
    ada = await world.register(email="ada@elsewhere.example")
    await ada.confirm_it_is_me()
    use_entrance(world, Entrance.OPEN, "example.org")
    request = world.accounts.email_change.request
    with pytest.raises(InvalidForm) as refused:
        await request(ada.identity, "ada@example.com", HERE)
    assert refused.value.problems == {"email": "Use an address at example.org."}
    assert await world.rows(EmailChangeRequest) == []
    await request(ada.identity, "ada@example.org", HERE)
    await world.accounts.email_change.confirm(ada.identity, await world.mailed_code(), HERE)
    await ada.sign_in(login="ada@example.org")


MANY = ("a.example", "b.example", "c.example", "d.example")
SAID = {
    ("a.example",): "Use an address at a.example.",
    ("a.example", "*.b.example"): "Use an address at a.example or *.b.example.",
    MANY[:3]: "Use an address at a.example, b.example or c.example.",
    MANY: "Addresses at that domain are not accepted here.",
}


@pytest.mark.parametrize(("domains", "words"), SAID.items())
def test_the_domains_are_said_unless_they_are_many(domains: tuple[str, ...], words: str) -> None:
    """Four would not fit."""
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        rules.check_email("ada@elsewhere.example", domains=domains)


@pytest.mark.parametrize(
    ("email", "is_taken"),
    [
        ("ada@sub.example.org", True),
        ("ada@a.b.example.org", True),
        ("ada@example.org", False),
        ("ada@notexample.org", False),
        ("ada@sub.example.org.example.com", False),
    ],
)
def test_a_star_stands_for_all_that_is_below(email: str, *, is_taken: bool) -> None:
    """And not for the domain itself."""
    if is_taken:
        assert rules.check_email(email, domains=["*.example.org"]) == email
    else:
        with pytest.raises(ValueError, match="Use an address"):
            rules.check_email(email, domains=["*.example.org"])


def test_domains_that_only_look_alike_are_others() -> None:
    """Somebody else may own one: they are compared as mail servers do, and not as user names are."""
    assert rules.check_email("a@XN--STRAE-OQA.example", domains=["straße.example"]) == "a@straße.example"
    with pytest.raises(ValueError, match="Use an address"):
        rules.check_email("a@straße.example", domains=["strasse.example"])
