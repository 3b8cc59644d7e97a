"""The sign-in form: drawn and checked by streamlit-authenticator over one account at a time, everything else is ours."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController

from core.clock import system_clock
from core.errors import SignInError
from usecases import sign_in
from usecases.sign_in import Attempt
from webapp import pools, visitor
from webapp.look import markup
from webapp.parts import frame, notice

_FIELDS = {"Form name": "Welcome to OI Flow", "Username": "E-mail", "Password": "Password", "Login": "Sign in"}
_THEIRS = ("authentication_status", "name", "username", "email", "roles", "logout", "password_hint")
_TICKET = (
    '<form method="post" action="/auth/ticket" data-oiflow-send="1"><input type="hidden" name="ticket" value="{ticket}"></form>'
)


class OneAccount(Mapping[str, dict[str, Any]]):
    """The accounts as the form sees them: every name exists, and asking for one begins an attempt on it, once."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        self._entry: dict[str, Any] = {}

    def __getitem__(self, email: str) -> dict[str, Any]:
        if self.attempt is None:
            self.attempt = sign_in.begin_attempt(pools.database("auth"), email, visitor.visit(), system_clock)
            self._entry = {"password": self.attempt.password_hash, "email": self.attempt.email}
        return self._entry

    def __contains__(self, email: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _NoCookie:
    """In place of the package's cookie, which scripts could read and nobody could revoke."""

    def get_cookie(self) -> None:
        return None

    def set_cookie(self) -> None:
        return None


class _Form(Authenticate):
    """Its form and its password check. Its constructor would mount a cookie component and copy the accounts: not called."""

    def __init__(self, accounts: OneAccount) -> None:
        self.path, self.attrs, self.cookie_controller = None, {"login_sleep_time": 0}, _NoCookie()
        self.authentication_controller = AuthenticationController({"usernames": {}}, auto_hash=False)
        self.authentication_controller.authentication_model.credentials["usernames"] = accounts


def send(ticket: str) -> None:
    """Let the browser carry a ticket to the route that sets the cookie; early.js sends the form with its own address."""
    markup.show(markup.fill(_TICKET, ticket=ticket))
    st.caption("Signing in …")


def _sign_in(accounts: OneAccount) -> None:
    attempt, right = accounts.attempt, bool(st.session_state.get("authentication_status"))
    for key in _THEIRS:
        st.session_state.pop(key, None)
    if attempt is None:
        return
    database, visit = pools.database("auth"), visitor.visit()
    sign_in.finish_attempt(database, attempt, right, visit, system_clock)
    send(sign_in.issue_ticket(database, attempt.account_id or 0, visit, system_clock))


def show() -> None:
    """Draw the form in place of the page that was asked for; its address stays, so the visitor comes back to it."""
    with frame.page("sign_in", None, title="Sign in"), st.container(key="card_sign_in", width=380):
        accounts = OneAccount()
        try:
            _Form(accounts).login(fields=_FIELDS, key="sign_in")
            _sign_in(accounts)
        except SignInError as error:
            notice.wrong(str(error))
        st.caption("No account yet? Ask the operator for an invitation. Forgot the password? Ask for a reset link.")
