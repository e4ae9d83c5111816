"""How much one principal may ask for: requests over time, and requests being answered at once."""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.runtime.auth import Principal
from shared.runtime.problem import ProtocolFault

# Beyond so many principals, those that have been quiet are forgotten.
_PRINCIPALS_MAX = 10_000


class Allowance:
    """A moving window of `burst` requests, as long as `per_second` needs to earn them, and `in_flight` at a time.

    Counted in this process: with several gateways each grants the allowance.
    """

    def __init__(
        self, *, per_second: int, burst: int, in_flight: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._window_seconds = max(1, round(burst / per_second))
        self._granted_at: dict[str, deque[float]] = {}
        self._in_flight_max = in_flight
        self._in_flight: Counter[str] = Counter()
        self._clock = clock
        self._policy = f'"principal";q={burst};w={self._window_seconds}'

    @contextmanager
    def spend(self, principal: Principal) -> Iterator[dict[str, str]]:
        """Take one request off the allowance while the block runs; yields the `RateLimit` headers of the answer.

        429 `rate_limited` with `Retry-After` when nothing is left.
        """
        who = f"{principal.tenant_id}/{principal.subject}"
        if self._in_flight[who] >= self._in_flight_max:
            raise ProtocolFault(429, "rate_limited", "Too many requests at the same time.", Retry_After="1")
        granted, headers, seconds = self._take(who)
        if not granted:
            raise ProtocolFault(429, "rate_limited", "Too many requests.", Retry_After=str(seconds), **headers)
        self._in_flight[who] += 1
        try:
            yield headers
        finally:
            self._in_flight[who] -= 1
            if not self._in_flight[who]:
                del self._in_flight[who]

    def _take(self, who: str) -> tuple[bool, dict[str, str], int]:
        """Whether the request is granted, the headers that say what is left, and the seconds until more is."""
        now = self._clock()
        taken = self._granted_at.get(who)
        if taken is None:
            if len(self._granted_at) >= _PRINCIPALS_MAX:
                self._forget(now)
            taken = self._granted_at[who] = deque()
        while taken and taken[0] <= now - self._window_seconds:
            taken.popleft()
        if granted := len(taken) < self._burst:
            taken.append(now)
        seconds = max(1, math.ceil(taken[0] + self._window_seconds - now))
        remaining = f'"principal";r={self._burst - len(taken)};t={seconds}'
        return granted, {"RateLimit": remaining, "RateLimit-Policy": self._policy}, seconds

    def _forget(self, now: float) -> None:
        quiet = [who for who, taken in self._granted_at.items() if taken[-1] <= now - self._window_seconds]
        for who in quiet:
            del self._granted_at[who]
