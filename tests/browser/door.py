"""A door between a server and its database that a test can shut: connections die at once, new ones are refused."""

import contextlib
import socket
import threading


class Door:
    """Passes bytes on to an address while it is open. Sockets that it passed through die when it shuts."""

    def __init__(self, host: str, port: int):
        self.behind, self.port = (host, port), 0
        self._through: list[socket.socket] = []
        self._listening: socket.socket | None = None
        self.open()

    def open(self) -> None:
        """Listen, on the same port as before."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def shut(self) -> None:
        """Nobody passes, and who is through is cut off."""
        for one in [self._listening, *self._through]:
            if one is not None:
                _cut(one)
        self._through.clear()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _address = listening.accept()
                far = socket.create_connection(self.behind)
            except OSError:  # shut
                return
            self._through += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pass, args=(one, other), daemon=True).start()


def _pass(one: socket.socket, other: socket.socket) -> None:
    try:
        while chunk := one.recv(65536):
            other.sendall(chunk)
    except OSError:  # shut
        pass
    _cut(one)
    _cut(other)


def _cut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected any more
        one.shutdown(socket.SHUT_RDWR)
    one.close()
