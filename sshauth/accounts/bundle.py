"""The use cases, bundled for those who show them, and put together from what they need."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from sshauth.accounts.activity import Activity
from sshauth.accounts.administration import Administration
from sshauth.accounts.audit import Audit
from sshauth.accounts.authenticators import Authenticators
from sshauth.accounts.clock import Clock
from sshauth.accounts.confirmation import Confirmation
from sshauth.accounts.doorkeeper import Doorkeeper
from sshauth.accounts.email_change import EmailChange
from sshauth.accounts.entrance import EntrancePolicy
from sshauth.accounts.first_steps import FirstSteps
from sshauth.accounts.invitations import AdminInvitations
from sshauth.accounts.inviting import Inviting, InvitingPolicy
from sshauth.accounts.judging import Judge
from sshauth.accounts.keyed_hash import KeyedHash, SecretKey
from sshauth.accounts.known_sources import KnownSources
from sshauth.accounts.lookup import CodeCheck
from sshauth.accounts.mail_limits import MailLimits
from sshauth.accounts.mailed_codes import MailedCodes
from sshauth.accounts.new_account import NewAccountCheck, NewPasswordCheck
from sshauth.accounts.outcomes import Outcomes
from sshauth.accounts.overview import Overviews
from sshauth.accounts.own_data import OwnData
from sshauth.accounts.passwords import Passwords
from sshauth.accounts.peer import TimeLimits
from sshauth.accounts.pending import PendingRegistrations, RegistrationPolicy
from sshauth.accounts.registration import Registration
from sshauth.accounts.renewal import Renewal
from sshauth.accounts.reset import PasswordReset
from sshauth.accounts.reset_requests import ResetRequests
from sshauth.accounts.security import Security
from sshauth.accounts.session_watch import SessionWatch
from sshauth.accounts.sessions import Sessions
from sshauth.accounts.signin import SignIn
from sshauth.accounts.ssh_keys import SSHKeys
from sshauth.accounts.strength import Strength
from sshauth.accounts.throttle import Throttles
from sshauth.accounts.upkeep import Retention, Upkeep
from sshauth.accounts.vault import Vault
from sshauth.db.engine import Database
from sshauth.meters import Meters


@dataclass(frozen=True, slots=True)
class Accounts:
    """What people can do with accounts. A screen is handed the one use case that it serves."""

    sign_in: SignIn
    registration: Registration
    reset: PasswordReset
    renewal: Renewal
    confirmation: Confirmation
    overview: Overviews
    security: Security
    authenticators: Authenticators
    email_change: EmailChange
    ssh_keys: SSHKeys
    sessions: Sessions
    activity: Activity
    own_data: OwnData
    strength: Strength
    watch: SessionWatch
    limits: TimeLimits
    # What people do not see: for the server and for administrators.
    administration: Administration
    invitations: AdminInvitations
    upkeep: Upkeep
    mailed_codes: MailedCodes


@dataclass(frozen=True, slots=True)
class Policy:
    """What an operator may set about accounts."""

    app_name: str
    mail_goes_out: bool
    """Whether there is a mail server: then email addresses are confirmed by a mailed code."""
    reset_code_lifetime: timedelta = timedelta(minutes=10)
    registrations_an_hour: int = 5
    registrations_unfinished: int = 3
    mails_an_hour: int = 1000
    entrance: EntrancePolicy = field(default_factory=EntrancePolicy)
    invitation_lifetime: timedelta = timedelta(days=7)
    limits: TimeLimits = field(default_factory=TimeLimits)
    retention: Retention = field(default_factory=Retention)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the use cases are made of."""

    database: Database
    vault: Vault
    passwords: Passwords
    strength: Strength
    clock: Clock
    node: str
    """What this process is called in the list of sessions, apart from every other."""
    secret_key: SecretKey = field(repr=False)
    mail_waiting: asyncio.Event
    meters: Meters = field(default_factory=Meters)


def put_together(parts: Parts, policy: Policy) -> Accounts:
    """Make the use cases. Nothing is connected, and nothing runs yet."""
    database, clock, tell = parts.database, parts.clock, parts.mail_waiting.set
    audit = Audit(KeyedHash.under(parts.secret_key, "failures"))
    throttles = Throttles(KeyedHash.under(parts.secret_key, "throttle"))
    known = KnownSources(KeyedHash.under(parts.secret_key, "known source"))
    mailed_codes = MailedCodes.under(parts.secret_key)
    mail_limits = MailLimits(throttles, policy.mails_an_hour)
    codes = CodeCheck(parts.vault)
    check = NewPasswordCheck(parts.strength)
    registration_policy = RegistrationPolicy(
        policy.app_name, policy.mail_goes_out, policy.registrations_an_hour, policy.registrations_unfinished
    )
    inviting_policy = InvitingPolicy(policy.entrance, policy.mail_goes_out, policy.invitation_lifetime)
    judge = Judge(database, parts.passwords, codes, throttles, known, audit)
    watch = SessionWatch(database, audit, clock, parts.node)
    outcomes = Outcomes(parts.meters.sign_ins)
    return Accounts(
        sign_in=SignIn(judge, clock, parts.node, outcomes, tell),
        registration=Registration(
            database,
            parts.passwords,
            Doorkeeper(database, mailed_codes, throttles, audit, policy.entrance),
            NewAccountCheck(check, policy.app_name, policy.entrance),
            parts.vault,
            mailed_codes,
            throttles,
            PendingRegistrations(throttles, mail_limits, registration_policy),
            known,
            audit,
            clock,
            parts.node,
            outcomes,
            tell,
        ),
        reset=PasswordReset(
            database,
            parts.passwords,
            check,
            codes,
            mailed_codes,
            throttles,
            ResetRequests(mail_limits, known, audit, policy.reset_code_lifetime),
            audit,
            clock,
            tell,
        ),
        renewal=Renewal(
            judge,
            parts.vault,
            mailed_codes,
            FirstSteps(parts.passwords, check),
            clock,
            policy.app_name,
            parts.node,
            outcomes,
            tell,
        ),
        confirmation=Confirmation(judge, clock, tell),
        overview=Overviews(database),
        security=Security(database, parts.passwords, check, audit, clock, tell),
        authenticators=Authenticators(database, parts.vault, audit, clock, policy.app_name, tell),
        email_change=EmailChange(
            database,
            mailed_codes,
            throttles,
            mail_limits,
            audit,
            clock,
            policy.entrance,
            policy.mail_goes_out,
            tell,
        ),
        ssh_keys=SSHKeys(database, audit, clock, tell),
        sessions=Sessions(database, audit, clock),
        activity=Activity(database),
        own_data=OwnData(database, audit, clock, tell),
        strength=parts.strength,
        watch=watch,
        limits=policy.limits,
        administration=Administration(database, throttles, audit, clock, tell),
        invitations=AdminInvitations(
            database, Inviting(mailed_codes, throttles, audit, inviting_policy), clock, tell
        ),
        upkeep=Upkeep(database, clock, policy.retention),
        mailed_codes=mailed_codes,
    )
