"""Accounts for admins: invite, tier with its end, disable, reset link, end sign-ins, audit log."""

import streamlit as st

from webapp import visitor
from webapp.parts import accounts_desk, frame

account = visitor.require("accounts")
with frame.page("accounts", account):
    with st.container(key="bar_accounts"):
        chosen = accounts_desk.filters()
    people, log = st.tabs(["Accounts", "Audit log"])
    with people:
        accounts_desk.tools(account)
        picked = accounts_desk.listed(chosen)
        if picked:
            accounts_desk.act(account, picked)
    with log:
        accounts_desk.audit_log(chosen)
