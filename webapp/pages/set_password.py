"""Set a password by a single-use link: invitation, reset or the first admin."""

import streamlit as st

from core.clock import system_clock
from usecases import accounts, passwords, sign_in
from webapp import failure, pools, visitor
from webapp.parts import frame, notice, sign_in_form

database, token = pools.database("auth"), st.query_params.get("token", "")
with frame.page("set_password", None, title="Set your password"), st.container(key="card_set_password", width=420):
    with failure.told():
        known_email, purpose = accounts.open_link(database, token, system_clock)
        with st.form("set_password", border=False):
            email = st.text_input("E-mail", known_email, disabled=bool(known_email), autocomplete="username")
            password = st.text_input("New password", type="password", help=passwords.RULES, autocomplete="new-password")
            again = st.text_input("New password again", type="password", autocomplete="new-password")
            sent = st.form_submit_button("Set password", type="primary")
        if sent and password != again:
            notice.wrong("The two passwords differ.")
        elif sent:
            visit = visitor.visit()
            account_id = accounts.use_link(database, token, known_email or email, password, visit, system_clock)
            sign_in_form.send(sign_in.issue_ticket(database, account_id, visit, system_clock))
    st.caption(f"Passwords: {passwords.RULES}")
