"""`python -m tests.security.slow_clients`: a thousand clients that never finish, and what ordinary readers notice.

Bare, as `make run` serves; with the web server in front, that is what is attacked. A third each sends its headers one
byte at a time, its body one byte at a time, and reads its answer one byte at a time.
"""

import json
import socket
import sys
import threading
import time
from contextlib import suppress

from tests.faults.postgres import PAGES, known_to_every_worker
from tests.live import Readers, site

CLIENTS, LASTING = 1000, 60  # clients, seconds
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 1000
POST = b"POST /luot-truy-cap/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
READ = b"GET /van-ban/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n"


class SlowClients(threading.Thread):
    """All of them in one thread; one that is sent away comes back."""

    def __init__(self, port: int):
        super().__init__()
        self.port, self.stop, self.again = port, threading.Event(), 0

    def _come(self, number: int) -> tuple[socket.socket, bytes]:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        client.settimeout(2)
        with suppress(OSError):
            client.connect(("127.0.0.1", self.port))
            client.sendall((HEAD[:50], POST, READ)[number % 3])
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
                    else:
                        client.recv(1)
                    clients[number] = client, rest
                except BlockingIOError:
                    pass
                except OSError:
                    client.close()
                    self.again += 1
                    clients[number] = self._come(number)
        for client, _ in clients:
            client.close()


def attacked(port: int) -> dict[str, object]:
    slow = SlowClients(port)
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
        figures = {"bare": attacked(running.port)}
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0 if all(each["under_1_s_percent"] >= 99.9 for each in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
