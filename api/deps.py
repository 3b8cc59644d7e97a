"""What endpoints are given: settings and the database, one of each for an application."""

import threading

from fastapi import Request

from core.errors import DatabaseUnavailable
from core.health import Health
from core.settings import Settings
from db.connect import connect
from db.database import Database
from usecases.health import readiness


class Resources:
    """Settings and the pool of the API, opened when first asked for."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._free: Database | None = None
        self._lock = threading.Lock()

    def free(self) -> Database:
        """The pool that may see what free visitors see."""
        with self._lock:
            if self._free is None:
                self._free = connect(self.settings, "app_free", demo=self.settings.oiflow_demo)
            return self._free

    def health(self) -> Health:
        """What keeps the API from answering."""
        try:
            return readiness(self.free(), self.settings.oiflow_home)
        except DatabaseUnavailable as error:
            return Health({"database": str(error)})


def resources(request: Request) -> Resources:
    """The resources of the application that a request came to."""
    return request.app.state.resources
