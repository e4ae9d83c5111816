"""Places where a test may kill the process: MB_TEST_FAILPOINTS="seed=7 relay.after_publish=0.05", otherwise nothing."""

import os
import random
import signal
from collections.abc import Mapping
from functools import cache


def failpoint(name: str) -> None:
    """Die here as if the power went, with the probability the test setting gives this name."""
    points, dice = _armed()
    if points and dice.random() < points.get(name, 0.0):
        os.kill(os.getpid(), signal.SIGKILL)


@cache
def _armed() -> tuple[Mapping[str, float], random.Random]:
    setting = dict(word.split("=", 1) for word in os.environ.get("MB_TEST_FAILPOINTS", "").split())
    seed = setting.pop("seed", "0")
    return {name: float(chance) for name, chance in setting.items()}, random.Random(seed)  # noqa: S311  no secret
