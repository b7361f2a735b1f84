"""Writing the mails that use cases asked for. Codes are derived here, when a mail is about to be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from sshauth.accounts.clock import Clock
from sshauth.accounts.reset import RESET_MAIL, reset_subject
from sshauth.accounts.reset_codes import ResetCodes
from sshauth.db.engine import Database
from sshauth.db.tables import OutgoingMail, ResetRequest, User
from sshauth.mail import messages


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send to whom."""

    to: str
    content: messages.Content


@dataclass(frozen=True, slots=True)
class Mails:
    """Writes mails from what the outbox says they are about."""

    database: Database
    reset_codes: ResetCodes
    place: messages.Place
    clock: Clock

    async def write(self, mail: OutgoingMail) -> Letter | None:
        """Write a mail; None if there is nothing to say any more.

        Raises:
            ValueError: there is no such kind of mail.
        """
        if mail.kind == RESET_MAIL:
            return await self._reset_code(mail)
        message = f"no such kind of mail: {mail.kind}"
        raise ValueError(message)

    async def _reset_code(self, mail: OutgoingMail) -> Letter | None:
        async with self.database.transaction() as session:
            found = await session.execute(
                select(User, ResetRequest)
                .join(ResetRequest, ResetRequest.user_id == User.id)
                .where(User.id == mail.user_id, ResetRequest.expires_at > self.clock())
            )
            row = found.one_or_none()
        if row is None or str(row.ResetRequest.request_id) != mail.data["request_id"]:
            return None  # Used, replaced or expired while the mail waited.
        user, request = row.User, row.ResetRequest
        content = messages.reset_code(
            self.place,
            first_name=user.first_name,
            user_name=user.user_name,
            code=self.reset_codes.code_for(reset_subject(user, request)),
            source=mail.data["source"],
            requested_at=datetime.fromisoformat(mail.data["requested_at"]),
            expires_at=request.expires_at,
        )
        return Letter(user.email, content)
