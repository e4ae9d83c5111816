"""The mail server: one connection for many mails, and what each of its answers means for a mail."""

from types import TracebackType
from typing import Self

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPResponseException

from services.invoicing.domain.mail import Mail
from services.invoicing.settings import MailSettings

# "The service is closing": about the server, not about the mail.
_CLOSING = 421
_PERMANENT = 500


class MailRefused(Exception):
    """The server will not take this mail: never as it is, or not now."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.is_permanent = code >= _PERMANENT


class ServerUnreachable(Exception):
    """There is no server to talk to, or none that lets us in; no mail was taken."""


class NoAnswer(Exception):
    """The mail went out and no answer came back: it may have been taken."""


class Outgoing:
    """The way out. A mail is first offered, which commits nobody, and then handed over, which does."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._server: SMTP | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    async def offer(self, mail: Mail) -> None:
        """Sender and recipients, all of which the server must accept. `MailRefused`, `ServerUnreachable`."""
        try:
            server = await self._connected()
            await server.mail(mail.sender)
            for recipient in mail.recipients:
                await server.rcpt(recipient)
        except SMTPResponseException as refused:
            if self._server is None or refused.code == _CLOSING:
                self._hang_up()
                raise ServerUnreachable(_said(refused)) from refused
            raise MailRefused(refused.code, refused.message) from refused
        except (SMTPException, OSError) as error:
            self._hang_up()
            raise ServerUnreachable(_said(error)) from error

    async def hand_over(self, mail: Mail) -> None:
        """The mail itself, after `offer`: returns when the server has taken it. `MailRefused`, `NoAnswer`."""
        assert self._server is not None
        try:
            await self._server.data(mail.content)
        except SMTPDataError as refused:
            raise MailRefused(refused.code, refused.message) from refused
        except (SMTPException, OSError) as error:
            self._hang_up()
            raise NoAnswer(_said(error)) from error

    async def _connected(self) -> SMTP:
        """A server that is ready for a mail: the one from before if it is still there, else a new connection."""
        if self._server is not None:
            try:
                await self._server.rset()
            except (SMTPException, OSError):
                self._hang_up()
        if self._server is None:
            server = self._made()
            await server.connect()
            self._server = server
        return self._server

    def _made(self) -> SMTP:
        chosen = self._settings
        return SMTP(
            hostname=chosen.smtp_host,
            port=chosen.smtp_port,
            username=chosen.smtp_user or None,
            password=chosen.smtp_password.get_secret_value() or None,
            use_tls=chosen.smtp_tls == "tls",
            start_tls=chosen.smtp_tls == "starttls",
            timeout=chosen.smtp_timeout_seconds,
        )

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
