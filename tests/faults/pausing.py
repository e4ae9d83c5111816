"""Stopping the suite inside a chosen statement: triggers of the test's own wait for an advisory lock the test holds."""

import asyncio
import time
from collections.abc import Mapping

import asyncpg

_KEY = 4711
# Whoever waits here waits as long as a statement may last, rather than as long as for a lock.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION test_wait() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = '1min' AS $$
BEGIN
  PERFORM pg_advisory_lock_shared({_KEY}, TG_ARGV[0]::int);
  PERFORM pg_advisory_unlock_shared({_KEY}, TG_ARGV[0]::int);
  RETURN NULL;
END $$
"""
_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND NOT granted"
_PATIENCE_SECONDS = 60


class Pauses:
    """Named points of a database's traffic, each a trigger's own words: `BEFORE INSERT ON invoice FOR EACH STATEMENT`.

    Only one point stops at a time, that of the last `at`; whoever stands at another goes on.
    """

    def __init__(self, url: str, points: Mapping[str, str]) -> None:
        self._url = url
        self._points = dict(points)
        self._keys = {point: number for number, point in enumerate(points)}
        self._held: str | None = None

    async def __aenter__(self) -> "Pauses":
        self._connection = await asyncpg.connect(self._url)
        await self._connection.execute(_FUNCTION)
        for point, words in self._points.items():
            name = f"zz_test_{self._keys[point]}"
            constraint = "CONSTRAINT " if "DEFERRED" in words else ""
            await self._connection.execute(
                f"CREATE {constraint}TRIGGER {name} {words} EXECUTE FUNCTION test_wait('{self._keys[point]}')"
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.at(None)
        for point, words in self._points.items():
            table = words.split(" ON ", 1)[1].split()[0]
            await self._connection.execute(f"DROP TRIGGER zz_test_{self._keys[point]} ON {table}")
        await self._connection.close()

    async def at(self, point: str | None) -> None:
        """From now on, stop whoever comes to this point; the point before it lets go."""
        if point is not None:
            await self._connection.execute("SELECT pg_advisory_lock($1, $2)", _KEY, self._keys[point])
        if self._held is not None:
            await self._connection.execute("SELECT pg_advisory_unlock($1, $2)", _KEY, self._keys[self._held])
        self._held = point

    async def caught(self) -> None:
        """Somebody stands there."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        key = self._keys[self._held or ""]
        while not await self._connection.fetchval(_WAITING, _KEY, key):
            assert time.monotonic() < deadline, f"nobody came to: {self._held}"
            await asyncio.sleep(0.01)
