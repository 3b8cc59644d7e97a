"""Health of a service: what its /healthz, /readyz and /metrics answer. Called by entry points, like `core.log`."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core import private
from core.host import RightHost
from core.settings import LOOPBACK, Settings


@dataclass(frozen=True)
class Health:
    """What is wrong, by check, in words; `doing` says what a service that starts is at, `settled` that it has started."""

    faults: dict[str, str]
    doing: str = ""
    settled: bool = True

    @property
    def ready(self) -> bool:
        """Nothing is wrong and nothing is left to do first."""
        return self.settled and not self.faults and not self.doing

    def body(self, detailed: bool) -> dict[str, Any]:
        """The JSON object of /readyz; the words of a fault are for this machine only."""
        return {"ready": self.ready, "faults": self.faults if detailed else dict.fromkeys(self.faults, ""), "doing": self.doing}


Check = Callable[[], Health]


def from_this_machine(request: Request) -> bool:
    """Whether a request comes from loopback and through no proxy."""
    return request.client is not None and request.client.host in LOOPBACK and "x-forwarded-for" not in request.headers


def routes(alive: Check, ready: Check) -> list[BaseRoute]:
    """/healthz (the process can work), /readyz (it may be sent work) and, to this machine only, /metrics."""

    async def answer(check: Check, request: Request) -> JSONResponse:
        health = await run_in_threadpool(check)
        body = health.body(detailed=from_this_machine(request))
        return JSONResponse(body, status_code=200 if health.ready else 503, headers={"Cache-Control": "no-store"})

    async def healthz(request: Request) -> Response:
        return await answer(alive, request)

    async def readyz(request: Request) -> Response:
        return await answer(ready, request)

    async def metrics(request: Request) -> Response:
        if not from_this_machine(request):
            return PlainTextResponse("Not Found", status_code=404)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def serve(service: str, alive: Check, ready: Check, settings: Settings, port: int) -> int:
    """Answer on loopback for a service without pages, in a thread of its own, and tell the programs of this home where.

    Returns the port; 0 takes a free one.
    """
    application = Starlette(routes=routes(alive, ready), middleware=[Middleware(RightHost, settings)])
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True, name="health").start()
    while not server.started:
        time.sleep(0.01)
    taken = int(listening.getsockname()[1])
    _announce(settings.oiflow_home, service, taken)
    return taken


def _announce(home: Path, service: str, port: int) -> None:
    path = _announced(home, service)
    private.folder(path.parent)
    half = path.with_suffix(f".{os.getpid()}.half")
    half.write_text(json.dumps({"pid": os.getpid(), "port": port}))
    half.rename(path)


def announced(home: Path, service: str, pid: int) -> str | None:
    """The address of a service's /readyz, if the process `pid` has told it."""
    try:
        told = json.loads(_announced(home, service).read_text())
    except (OSError, ValueError):
        return None
    return f"http://127.0.0.1:{told['port']}/readyz" if told["pid"] == pid else None


def _announced(home: Path, service: str) -> Path:
    return home / "run" / f"{service}.json"
