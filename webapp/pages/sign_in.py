"""Sign in at an address of its own."""

import streamlit as st

from webapp import visitor
from webapp.parts import frame, sign_in_form

account = visitor.current()
if account is None:
    sign_in_form.show()
else:
    with frame.page("sign_in", account, title="Sign in"):
        st.info("You are signed in.")
