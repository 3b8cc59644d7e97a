"""Data for admins: which services work, which sessions are there, their loads, what was kept aside, uploads and withdrawals."""

import streamlit as st

from webapp import visitor
from webapp.parts import data_collection, data_desk, data_table, data_venues, frame

account = visitor.require("data")
with frame.page("data", account):
    with st.container(key="bar_data", horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = data_desk.filters()
        data_desk.upload(account)
    data_table.services(chosen)
    data_table.calendar(chosen)
    loads, collecting, venues, aside, asked = st.tabs(["Loads", "Collection", "Futures", "Quarantine", "Requests"])
    with loads:
        picked = data_table.loads(chosen)
        if picked is not None:
            data_desk.load(account, chosen, picked)
    with collecting:
        data_collection.show(account, chosen)
    with venues:
        data_venues.show(chosen)
    with aside:
        data_table.quarantine(chosen, picked)
    with asked:
        data_table.requests(chosen)
