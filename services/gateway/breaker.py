"""A circuit breaker per service: after five failures in a row nobody waits for it for ten seconds."""

import time
from collections.abc import Callable

FAILURES = 5
OPEN_SECONDS = 10.0


class Breaker:
    """Counts failures in a row; while open it lets one request try every ten seconds, and a success closes it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def seconds_to_wait(self) -> float:
        """0 when a request may go out, otherwise how long the service is left alone."""
        if self._failures < FAILURES:
            return 0.0
        now = self._clock()
        if now < self._open_until:
            return self._open_until - now
        # This caller is the trial. Its fellows wait as if it had failed, so that nothing hangs on its outcome.
        self._open_until = now + OPEN_SECONDS
        return 0.0

    def succeeded(self) -> None:
        """The service answered."""
        self._failures = 0

    def failed(self) -> None:
        """The service could not be reached, or did not answer in time."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._open_until = self._clock() + OPEN_SECONDS
