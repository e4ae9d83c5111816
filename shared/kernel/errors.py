"""The refusals a billing rule can make; no protocol word appears here.

BillingError
├── NotFound        the thing does not exist, or not for this caller
├── Forbidden       a right or a parameter is missing
├── NotAllowedNow   right input, wrong state
├── StaleVersion    the caller saw an older version
└── Invalid         input that can never be right, or breaks a business rule
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input.

    `pointer` is a JSON pointer into the request body ("" when the whole body is meant); `code` is the rule's code in
    lower snake case; the three optional fields name the record at fault where it is known (PI-REQ-02).
    """

    pointer: str
    code: str
    message: str
    entity: str | None = None
    entity_id: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """What stands in the way and where to go to get past it; blockers are listed in the order to clear them."""

    code: str
    message: str
    link: str | None = None


class BillingError(Exception):
    """A refusal: `code` is stable and comes from the rule, `message` is for people and never repeats the input."""

    def __init__(
        self, code: str, message: str, *, faults: Sequence[Fault] = (), blockers: Sequence[Blocker] = ()
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.faults = tuple(faults)
        self.blockers = tuple(blockers)


class NotFound(BillingError):
    """The thing does not exist, or the caller may not know that it does."""


class Forbidden(BillingError):
    """The caller lacks a right, or a parameter switches the function off."""


class NotAllowedNow(BillingError):
    """The input is right, but the thing is in the wrong state for it."""


class StaleVersion(BillingError):
    """The caller based the change on a version that is no longer the newest."""

    def __init__(self) -> None:
        super().__init__("stale_version", "The record has changed since it was read; read it again.")


class Invalid(BillingError):
    """The input can never be right, or it breaks a business rule."""

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> "Invalid":
        """One refusal that reports several faults at once; its code is that of the first."""
        return cls(faults[0].code, faults[0].message, faults=faults)
