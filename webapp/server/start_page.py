"""Streamlit's start page made ours: our name, our early script first, no inline script, no pointer to other pools."""

import re
from pathlib import Path

import streamlit

EARLY = (Path(__file__).parent / "early.js").read_text(encoding="utf-8")
_EDITS = (
    (r"<!--.*?-->", ""),
    (r"<script>\s*window\.prerenderReady = false\s*</script>", ""),
    (r'<link rel="service-desc"[^>]*>', ""),
    (r"<title>.*?</title>", "<title>OI Flow</title>"),
    (r"<noscript>.*?</noscript>", "<noscript><p>OI Flow needs JavaScript.</p></noscript>"),
    (r'<link rel="shortcut icon"[^>]*>', '<link rel="icon" href="data:,">'),
    (r"<head>", '<head><script src="/early.js"></script>'),
)


def start_page() -> str:
    """The HTML that every page address answers with; ValueError when Streamlit's file is not the one we know."""
    html = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    for pattern, ours in _EDITS:
        html, count = re.subn(pattern, ours, html, flags=re.S)
        if count == 0:
            raise ValueError(f"Streamlit's start page has changed: {pattern} is not in it.")
    return html.strip()
