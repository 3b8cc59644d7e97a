"""Ask for a free account, where the operator allows it (SIGNUP=open). An admin lets it in."""

import streamlit as st

from core.clock import system_clock
from usecases import accounts, passwords
from webapp import failure, pools, visitor
from webapp.parts import frame, notice

with frame.page("sign_up", None, title="Sign up"), st.container(key="card_sign_up", width=420):
    if pools.settings().signup != "open":
        st.info("Accounts come by invitation here. Ask the operator for one.")
        st.stop()
    with st.form("sign_up", border=False):
        email = st.text_input("E-mail", autocomplete="username")
        password = st.text_input("Password", type="password", help=passwords.RULES, autocomplete="new-password")
        again = st.text_input("Password again", type="password", autocomplete="new-password")
        sent = st.form_submit_button("Sign up", type="primary")
    with failure.told():
        if sent and password != again:
            notice.wrong("The two passwords differ.")
        elif sent:
            accounts.sign_up(pools.database("auth"), email, password, visitor.visit(), system_clock)
            notice.done("Thank you. An admin lets new accounts in; then sign in with this e-mail and password.")
