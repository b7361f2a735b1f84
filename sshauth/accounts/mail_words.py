"""What kinds of mail are called in a list, in words that are short."""

from collections.abc import Mapping

from sshauth.accounts.outbox import MailKind

ABOUT: Mapping[str, str] = {
    MailKind.RESET_CODE: "Password reset",
    MailKind.CONFIRM_ADDRESS: "Registration code",
    MailKind.CONFIRM_NEW_ADDRESS: "New address code",
    MailKind.INVITATION: "Invitation",
    MailKind.ACCOUNT_CREATED: "New account code",
    MailKind.OWN_DATA: "Their data",
    MailKind.DATA_TAKEN: "Data was seen",
    MailKind.NEW_SOURCE: "Sign-in elsewhere",
    MailKind.WRONG_CODES: "Wrong codes",
    MailKind.WRONG_CODES_WITH_KEY: "Wrong codes by key",
    MailKind.CODES_USED_UP: "Sign-in held up",
    MailKind.CODES_WITH_KEY_USED_UP: "SSH keys held up",
    MailKind.PASSWORD_CHANGED: "Password changed",
    MailKind.PASSWORD_RESET: "Password is reset",
    MailKind.RECOVERY_CODE_USED: "Recovery code used",
    MailKind.RECOVERY_CODES_REMADE: "New recovery codes",
    MailKind.AUTHENTICATOR_ADDED: "Authenticator added",
    MailKind.AUTHENTICATOR_REPLACED: "Authenticator replaced",
    MailKind.AUTHENTICATOR_REMOVED: "Authenticator removed",
    MailKind.AUTHENTICATOR_RESET: "New authenticator code",
    MailKind.AUTHENTICATOR_SET_UP: "New authenticator set up",
    MailKind.KEY_ADDED: "SSH key added",
    MailKind.EMAIL_CHANGED: "Address changed",
    MailKind.NAMES_CHANGED: "Names changed",
    MailKind.ADMIN_MADE: "A new administrator",
    MailKind.ADMIN_UNMADE: "An administrator less",
    MailKind.PROMOTED: "Made an administrator",
    MailKind.DEMOTED: "Administrator no more",
    MailKind.ACCOUNT_DISABLED: "Account disabled",
    MailKind.ACCOUNT_ENABLED: "Account enabled",
    MailKind.ACCOUNT_DELETED: "Account deleted",
    MailKind.ACCOUNT_REMOVED: "Account taken away",
    MailKind.FAULT: "Fault on the server",
}
"""A kind that is not here comes from a newer version; it is shown as it is."""
