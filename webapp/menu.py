"""The menu of an account, from the one table of features. Courtesy only: each page locks itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.access import FEATURES, Tier, allows
from usecases.sign_in import Account
from webapp import pools

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

PAGES = Path(__file__).parent / "pages"
_STRANGERS = {"sign_in": "Sign in", "set_password": "Set password", "sign_up": "Sign up"}


def paths() -> dict[str, str]:
    """Page file of every address: features (home at /) and the pages for strangers."""
    return {"" if name == "home" else name: name for name in (*FEATURES, *_STRANGERS)}


def _page(name: str, title: str, icon: str | None, visible: bool) -> "StreamlitPage":
    return st.Page(
        PAGES / f"{name}.py", title=title, icon=icon and f":material/{icon}:", url_path=name, default=name == "home",
        visibility="visible" if visible else "hidden",
    )  # fmt: skip


def pages(account: Account | None) -> dict[str, list["StreamlitPage"]]:
    """Groups and pages in their order; closed ones with a lock, admin pages for admins, all addresses known to all."""
    tier = account.tier if account else Tier.ANONYMOUS
    groups: dict[str, list[StreamlitPage]] = {}
    for feature in FEATURES.values():
        open_ = allows(tier, feature.name)
        visible = open_ or (account is not None and feature.group != "Admin")
        page = _page(feature.name, feature.title, feature.icon if open_ else "lock", visible)
        groups.setdefault(feature.group, []).append(page)
    shown = {"sign_in": account is None, "sign_up": account is None and pools.settings().signup == "open"}
    strangers = [_page(name, title, None, shown.get(name, False)) for name, title in _STRANGERS.items()]
    return {"": strangers, **groups}
