"""What an admin does on the page Data: choose what is shown, upload, withdraw a load and bring it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from core.clock import system_clock
from db.database import Database
from usecases import audit, operations
from usecases.sign_in import Account
from webapp import pools
from webapp.failure import attempt
from webapp.look import formats
from webapp.parts import cards, notice

STATES = ("published", "superseded", "withdrawn", "refused", "staged")
_MEGABYTES = operations.MOST_UPLOAD // 2**20


@dataclass(frozen=True)
class Chosen:
    """The source, state and session that loads have to be of; None is any. The market is the one that all pages show."""

    source: str | None
    state: str | None
    session: date | None

    @property
    def database(self) -> Database:
        """The pool of admins."""
        return pools.database("app_admin")


def filters() -> Chosen:
    """Source, state, session."""
    stored = operations.session_overview(pools.database("app_admin"), system_clock)
    days = sorted(set(stored["session_date"]), reverse=True)
    return Chosen(
        st.selectbox("Source", sorted(set(stored["source"])), index=None, placeholder="All", width=170, key="source"),
        st.selectbox("State", STATES, index=None, placeholder="All", width=140, key="state"),
        st.selectbox("OI session", days, index=None, placeholder="All", format_func=formats.day, width=180, key="session"),
    )


def upload(account: Account) -> None:
    """Hand files to the collector. The simulated market takes none: the words name the ways into the real one."""
    with st.popover("Upload", icon=":material/upload_file:", key="upload"):
        if pools.settings().oiflow_demo:
            st.write(
                "Files go into the real market, never into the simulated one: by `oiflow import FILE`, by the inbox folder, "
                "or here after `OIFLOW_DEMO=0 make run`."
            )
            return
        given = st.file_uploader(
            "Files of a source, plain or gzip", ["csv", "gz"], accept_multiple_files=True, max_upload_size=_MEGABYTES, key="files"
        )  # fmt: skip
        if st.button("Import", type="primary"):
            if not given:
                notice.wrong("Choose a file first.")
            for file in given:
                _hand_over(account, file.name, file.getvalue())


def _hand_over(account: Account, name: str, body: bytes) -> None:
    _ask(
        account, "import_asked", name, lambda: operations.request_import(pools.database("app_admin"), account, name, body),
        f"{name} waits for the collector. The tab Requests shows what becomes of it.",
    )  # fmt: skip


def _ask(account: Account, action: str, subject: str, request: Callable[[], int], done: str) -> None:
    """Ask the collector, once the audit log says who does."""

    def noted() -> None:
        audit.done(pools.database("auth"), account.email, action, subject, system_clock)
        request()

    attempt(noted, done)


def load(account: Account, chosen: Chosen, picked: dict[str, Any]) -> None:
    """What can be done with the load picked in the table."""
    load_id, state = int(picked["load_id"]), str(picked["state"])
    with cards.card("load", f"Load {load_id}", f"{picked['file_name']}, {state}"):
        if state in ("published", "superseded"):
            _withdraw(account, chosen, load_id)
        elif state == "withdrawn":
            st.text(f"Withdrawn {formats.clock(picked['withdrawn_at'])}: {picked['withdrawn_why']}")
            if st.button("Bring it back", key=f"undo {load_id}"):
                _ask(
                    account, "return_asked", f"load {load_id}",
                    lambda: operations.request_undo(chosen.database, account, load_id), "The collector brings it back.",
                )  # fmt: skip
        else:
            st.text(f"{picked['reason'] or 'No reason is stored'}. {picked['detail'] or ''}")


def _withdraw(account: Account, chosen: Chosen, load_id: int) -> None:
    with st.popover("Withdraw", icon=":material/undo:", key=f"withdraw {load_id}"), st.form(f"why {load_id}", border=False):
        st.write(
            "From now on readers see the load before it, if there is one; who asks for an earlier moment still sees this one."
        )
        why = st.text_input("Why", max_chars=200)
        if st.form_submit_button("Withdraw this load", type="primary"):
            if not why.strip():
                notice.wrong("Say why; it is kept with the load.")
            else:
                _ask(
                    account, "withdrawal_asked", f"load {load_id}",
                    lambda: operations.request_withdrawal(chosen.database, account, load_id, why.strip()),
                    "The collector takes it out of view.",
                )  # fmt: skip
