"""A steady load on one URL, each request over a connection of its own, and what became of it."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from types import TracebackType
from urllib.parse import urlsplit

ANSWER_SECONDS = 10.0


class Load:
    """Requests from a number of clients that begin with the block and end with it.

    :param url: what is asked for. :param clients: how many ask at a time. :param pause: of a client between requests.
    """

    def __init__(self, url: str, clients: int = 4, pause: float = 0.05) -> None:
        self._parts = urlsplit(url)
        self._pause = pause
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._clients = [threading.Thread(target=self._ask_on) for _client in range(clients)]
        self.answered = 0
        self.failures: Counter[str] = Counter()

    def __enter__(self) -> Load:
        for client in self._clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for client in self._clients:
            client.join()

    def __str__(self) -> str:
        failed = sum(self.failures.values())
        causes = "".join(f"\n  {number} times: {cause}" for cause, number in self.failures.most_common())
        return f"{self.answered + failed} requests, {failed} failed{causes}"

    def _ask_on(self) -> None:
        while not self._over.is_set():
            cause = self._ask()
            with self._lock:
                if cause:
                    self.failures[cause] += 1
                else:
                    self.answered += 1
            time.sleep(self._pause)

    def _ask(self) -> str:
        """Why one request failed, empty when it was answered with 200."""
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", self._parts.path)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace").strip()
            return "" if answer.status == 200 else f"HTTP {answer.status}: {said[:120]}"
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()
