"""`python -m tests.security.slow_clients`: a thousand clients that never finish, and what ordinary readers notice.

Bare, as `make run` serves, and behind the shipped nginx. A third each sends its headers one byte at a time, its body
one byte at a time, and reads its answer one byte at a time. They come from fifty addresses, so that no limit for a
single one keeps them away.

Bare, the bodies go where none is read: granian 2.8 has no limit of time for them, so as many forms as it has workers,
sent slowly, hold everybody up (docs/deploy.md). nginx takes them in first, so there they go where they would be read.
"""

import json
import socket
import sys
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

from tests.faults.postgres import PAGES, known_to_every_worker
from tests.faults.site import nginx
from tests.live import Readers, site

CLIENTS, ADDRESSES, LASTING = 1000, 50, 60  # the last in seconds
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 1000
POST = "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
POST += "Content-Length: 1000\r\n\r\n"
UNREAD, FORM_READ = "/luot-truy-cap/", "/tim-kiem/da-mo/"  # anybody may post to both
READ = b"GET /van-ban/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n"


class SlowClients(threading.Thread):
    """All of them in one thread; one that is sent away comes back."""

    def __init__(self, port: int, form: str):
        super().__init__()
        self.post = POST.format(form).encode()
        self.port, self.stop, self.again = port, threading.Event(), 0

    def _come(self, number: int) -> tuple[socket.socket, bytes]:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.settimeout(2)
        client.bind((f"127.0.1.{1 + number % ADDRESSES}", 0))
        with suppress(OSError):
            client.connect(("127.0.0.1", self.port))
            client.sendall((HEAD[:50], self.post, READ)[number % 3])
        client.setblocking(False)
        return client, (HEAD[50:], b"a" * 1000, b"")[number % 3]

    def run(self) -> None:
        clients = [self._come(number) for number in range(CLIENTS)]
        while not self.stop.wait(1):
            for number, (client, rest) in enumerate(clients):
                try:
                    if rest:
                        client.send(rest[:1])
                        rest = rest[1:]
                    elif not client.recv(1):
                        raise ConnectionResetError
                    clients[number] = client, rest
                except BlockingIOError:
                    pass
                except OSError:
                    client.close()
                    self.again += 1
                    clients[number] = self._come(number)
        for client, _ in clients:
            client.close()


def attacked(port: int, form: str) -> dict[str, object]:
    slow = SlowClients(port, form)
    slow.start()
    time.sleep(5)
    with Readers(port, list(PAGES)) as readers:
        time.sleep(LASTING)
    slow.stop.set()
    slow.join()
    quick = readers.share(lambda answer: answer.status == 200 and answer.seconds < 1)
    return {"under_1_s_percent": round(quick, 3), "came_back": slow.again, **readers.figures()}


def main() -> int:
    with site() as running:
        known_to_every_worker(running)
        figures = {"bare": attacked(running.port, UNREAD)}
        with nginx(running.var.parent / "nginx", running.var, running.port) as address:
            figures["nginx"] = attacked(urlsplit(address).port, FORM_READ)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0 if all(each["under_1_s_percent"] >= 99.9 for each in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
