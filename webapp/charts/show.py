"""The only door of charts to the browser. The JSON string of a figure is made once for an answer and a look.

`streamlit_bokeh` makes new ids on every run, so that the browser draws a chart two or three times when runs follow each other
closely; its component is fed the kept string instead. Versions are pinned and tests/browser counts the drawings.
"""

import json
from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st
from bokeh.embed import json_item

from webapp.cached import Answer
from webapp.look.theme import Look


def figure_json(answer: Answer[Any], look: Look, name: Hashable, build: Callable[[], Any]) -> str:
    """The figure as the component wants it; built at the first call only."""
    text = answer.drawn.get((name, look))
    if text is None:
        text = answer.drawn[(name, look)] = json.dumps(json_item(build()))
    return text


def chart(answer: Answer[Any], look: Look, name: str, build: Callable[..., Any], *of: Any) -> None:
    """Draw `build(view, look)`, or `build(*of, look)` where a part of the view is drawn."""
    import streamlit_bokeh  # registers its component, which needs a running Streamlit

    figure = figure_json(answer, look, name, lambda: build(*(of or (answer.view,)), look))
    with st.container(key=f"plot_{name}"):
        streamlit_bokeh._component_func(
            key=f"chart_{name}", data={"figure": figure, "bokeh_theme": "streamlit", "use_container_width": False}
        )
