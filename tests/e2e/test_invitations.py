"""Being invited, as operators and people see it."""

from pathlib import Path

from tests.e2e.people import HOME, SET_UP, SIGN_IN, Person, fill, keep_recovery_codes, scan, secret_in
from tests.e2e.test_commands import sshauth
from tests.e2e.test_journey import code_in
from tests.mail.smtp_server import SmtpServer
from tests.support.codes import Authenticator
from tests.support.server import Server

grace = Person("grace", "Grace", "Hopper")


def test_who_is_invited_by_command_creates_an_account_by_ssh(tmp_path: Path) -> None:
    """The running service mails the invitation; with it no other code is asked; then none waits any more."""
    with SmtpServer() as post:
        env = {"REGISTRATION": "invite", "MAIL_SERVER": post.host, "MAIL_PORT": str(post.port)}
        with Server(tmp_path, env) as server:
            said = sshauth(tmp_path, "user", "invite", grace.email, env=env)
            assert (said.returncode, said.stderr) == (0, "")
            assert said.stdout.startswith(
                f"The running service mails an invitation to {grace.email}; it works"
            )
            invitation = code_in(post.wait_for(1)[0])
            with server.ssh(grace.user) as terminal:
                terminal.wait_for(SIGN_IN)
                terminal.key("f2")
                terminal.wait_for("This takes an invitation")
                password = grace.password
                names = (grace.first_name, grace.last_name, grace.user, grace.email)
                fill(terminal, invitation, *names, password, password)
                terminal.wait_for(SET_UP)
                fill(terminal, Authenticator(secret_in(scan(terminal))).next())
                keep_recovery_codes(terminal)
                terminal.wait_for(HOME)
            said = sshauth(tmp_path, "user", "invitations", env=env)
            assert (said.returncode, said.stdout) == (0, "No invitation waits to be used.\n")
            assert server.stop() == 0
