"""The web application: `uvicorn webapp.app:application`. Pages by Streamlit, routes and headers by us, in one process."""

import gc
import importlib
import logging
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from streamlit import config

import usecases
import webapp.charts
from core import private
from core.errors import PlatformError
from usecases import passwords
from webapp import failure, pools
from webapp.server import routes
from webapp.server.guard import Guard

_SCRIPT = Path(__file__).parent / "script" / "main.py"
_OPTIONS = {  # what safety and capacity hang on, whatever folder the server was started in
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "client.allowedOrigins": [],
    "browser.gatherUsageStats": False,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.headless": True,
    "server.runOnSave": False,
    "server.allowRunOnSave": False,
    "logger.enableRich": False,
}


def _warm_up() -> None:
    """Import what is slow before the first visitor waits for it, and keep it out of the garbage collector's rounds."""
    for package in (usecases, webapp.charts):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in ("webapp.parts.sign_in_form", "webapp.parts.frame", "webapp.cached", "streamlit_bokeh"):
        importlib.import_module(name)
    passwords.decoy()
    passwords.common()
    gc.collect()
    gc.freeze()


def _one_log() -> None:
    """Streamlit's and uvicorn's loggers write as all others do. No list of requests: links carry their token in the query."""
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.startswith(("streamlit", "uvicorn")) or hasattr(logger, "streamlit_console_handler"):
            logger.handlers[:] = []
            logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)  # warm-up has no visitor


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    private.mask()
    _one_log()
    await run_in_threadpool(_warm_up)
    yield {}


def make() -> st.App:
    """The ASGI application with the settings of the environment."""
    settings = pools.settings()
    for option, value in _OPTIONS.items():
        config.set_option(option, value)
    own = routes.routes()
    return st.App(
        _SCRIPT,
        routes=own,
        middleware=[Middleware(Guard, settings=settings, own=own, account_of=routes.account_of, failed=routes.failed)],
        exception_handlers={PlatformError: routes.failed},
        on_script_error=failure.show,
        lifespan=_lifespan,
    )


application = make()
