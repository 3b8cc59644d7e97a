"""Account: tier, password, look, and where this account is signed in."""

import streamlit as st

from webapp import visitor
from webapp.parts import account_forms, frame

account = visitor.require("account")
with frame.page("account", account):
    left, right = st.columns(2)
    with left, st.container(key="card_tier"):
        account_forms.tier(account)
    with left, st.container(key="card_look"):
        account_forms.look(account)
    with right, st.container(key="card_password"):
        account_forms.password(account)
    with right, st.container(key="card_sign_ins"):
        account_forms.sign_ins(account)
