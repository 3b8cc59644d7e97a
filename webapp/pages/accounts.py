"""Accounts for admins: invite, tier with its end, disable, reset link, end sign-ins, audit log."""

import streamlit as st

from webapp import account_desk, frame, visitor

account = visitor.require("accounts")
with frame.page("accounts", account):
    with st.container(key="bar_accounts"):
        chosen = account_desk.filters()
    people, log = st.tabs(["Accounts", "Audit log"])
    with people:
        account_desk.tools(account)
        picked = account_desk.listed(chosen)
        if picked:
            account_desk.act(account, picked)
    with log:
        account_desk.audit_log(chosen)
