"""How much one principal may ask for: requests over time, and requests being answered at once."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shared.runtime.auth import Principal
from shared.runtime.problem import ProtocolFault


class Allowance:
    """A moving window of `burst` requests, as long as `per_second` needs to earn them, and `in_flight` at a time.

    Counted in this process: with several gateways each grants the allowance.
    """

    def __init__(self, *, per_second: int, burst: int, in_flight: int) -> None:
        self._window = RateLimitItemPerSecond(burst, max(1, round(burst / per_second)))
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._in_flight_max = in_flight
        self._in_flight: Counter[str] = Counter()
        self._policy = f'"principal";q={self._window.amount};w={self._window.get_expiry()}'

    @contextmanager
    def spend(self, principal: Principal) -> Iterator[dict[str, str]]:
        """Take one request off the allowance while the block runs; yields the `RateLimit` headers of the answer.

        429 `rate_limited` with `Retry-After` when nothing is left.
        """
        who = f"{principal.tenant_id}/{principal.subject}"
        if self._in_flight[who] >= self._in_flight_max:
            raise ProtocolFault(429, "rate_limited", "Too many requests at the same time.", Retry_After="1")
        granted = self._limiter.hit(self._window, who)
        headers, seconds = self._state(who)
        if not granted:
            raise ProtocolFault(429, "rate_limited", "Too many requests.", Retry_After=str(seconds), **headers)
        self._in_flight[who] += 1
        try:
            yield headers
        finally:
            self._in_flight[who] -= 1
            if not self._in_flight[who]:
                del self._in_flight[who]

    def _state(self, who: str) -> tuple[dict[str, str], int]:
        window = self._limiter.get_window_stats(self._window, who)
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        remaining = f'"principal";r={window.remaining};t={seconds}'
        return {"RateLimit": remaining, "RateLimit-Policy": self._policy}, seconds
