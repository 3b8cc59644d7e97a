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
MARKETS = {True: "Simulated", False: "Real"}
_MEGABYTES = operations.MOST_UPLOAD // 2**20


@dataclass(frozen=True)
class Chosen:
    """What the page shows: a database, and the source, state and session its loads have to be of; None is any."""

    demo: bool
    source: str | None
    state: str | None
    session: date | None

    @property
    def database(self) -> Database:
        """The pool of admins in that database."""
        return pools.database("app_admin", self.demo)


def filters(account: Account) -> Chosen:
    """Market (only while the simulated one is shown, and never the real one for a demo account), source, state, session."""
    demo = pools.settings().oiflow_demo
    if demo and not account.demo:
        demo = st.segmented_control(
            "Market", list(MARKETS), default=True, format_func=MARKETS.__getitem__, required=True, key="data_market"
        )  # fmt: skip
    stored = operations.session_overview(pools.database("app_admin", demo), system_clock)
    days = sorted(set(stored["session_date"]), reverse=True)
    return Chosen(
        demo,
        st.selectbox("Source", sorted(set(stored["source"])), index=None, placeholder="All", width=170, key=f"source {demo}"),
        st.selectbox("State", STATES, index=None, placeholder="All", width=140, key=f"state {demo}"),
        st.selectbox(
            "OI session", days, index=None, placeholder="All", format_func=formats.day, width=180, key=f"session {demo}"
        ),
    )


def upload(account: Account, chosen: Chosen) -> None:
    """Hand files to the collector; they always go into the real market, which is not for demo accounts."""
    with st.popover("Upload", icon=":material/upload_file:", key="upload"):
        if account.demo:
            st.write(f"Files go into the real market. {operations.DEMO_WORDS}")
            return
        given = st.file_uploader(
            "Files of a source, plain or gzip", ["csv", "gz"], accept_multiple_files=True, max_upload_size=_MEGABYTES, key="files"
        )  # fmt: skip
        if chosen.demo:
            st.caption(
                "Uploads go into the real market. See it here under Real; all pages show it after `OIFLOW_DEMO=0 make run`."
            )
        if st.button("Import", type="primary"):
            if not given:
                notice.wrong("Choose a file first.")
            real = pools.database("app_admin", False)
            for file in given:
                _hand_over(real, account, file.name, file.getvalue())


def _hand_over(real: Database, account: Account, name: str, body: bytes) -> None:
    _ask(
        account, False, "import_asked", name, lambda: operations.request_import(real, account, name, body),
        f"{name} waits for the collector. The tab Requests of the real market shows what becomes of it.",
    )  # fmt: skip


def _ask(account: Account, demo: bool, action: str, subject: str, request: Callable[[], int], done: str) -> None:
    """Ask the collector, once the audit log of that market says who does."""

    def noted() -> None:
        audit.done(pools.database("auth", demo), account.email, action, subject, system_clock)
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
                    account, chosen.demo, "return_asked", f"load {load_id}",
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
                    account, chosen.demo, "withdrawal_asked", f"load {load_id}",
                    lambda: operations.request_withdrawal(chosen.database, account, load_id, why.strip()),
                    "The collector takes it out of view.",
                )  # fmt: skip
