"""Pages in memory, bounded by bytes: what was not asked for longest goes first."""

import threading
from collections import OrderedDict

from portal.pagecache.keys import Key
from portal.pagecache.pages import Page


class Store:
    """A page of more than a quarter of `limit` bytes is not kept: it would drive out too many others."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._pages: OrderedDict[Key, tuple[Page, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Key) -> Page | None:
        try:
            self._pages.move_to_end(key)
            return self._pages[key][0]
        except KeyError:  # not there, or another thread just dropped it
            return None

    def put(self, key: Key, page: Page) -> None:
        """Keeps a page, or counts anew what it has come to cost."""
        with self._lock:
            self._drop(key)
            cost = page.size + 2 * (len(key[2]) + len(key[3]))
            if cost > self.limit // 4:
                return
            self._pages[key] = (page, cost)
            self.size += cost
            while self.size > self.limit:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Key) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        self.size -= self._pages.pop(key, (None, 0))[1]

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.size = 0
