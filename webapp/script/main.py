"""The script behind every page: style, menu, then the page itself or the sign-in form in its place.

It lives in a folder of its own: beside `pages/` Streamlit would run pages by their address before this script.
"""

import streamlit as st

from core.errors import DatabaseUnavailable
from webapp import failure, menu, visitor
from webapp.parts import frame, sign_in_form

frame.setup()
try:
    account = visitor.current()
    page = st.navigation(menu.pages(account))
    visitor.watch(account)
    if account is None and not visitor.open_to_strangers(page.url_path or "home"):
        frame.name_tab("Sign in")
        sign_in_form.show()
    else:
        frame.name_tab(page.title)
        page.run()
except DatabaseUnavailable as error:
    failure.show(error)
