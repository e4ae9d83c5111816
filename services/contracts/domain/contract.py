"""The life of a contract: draft, active, completed or cancelled, with correction as a flag beside (CT-LIF)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.kernel.errors import NotAllowedNow

State = Literal["draft", "active", "completed", "cancelled"]
Correction = Literal["none", "requested", "open"]


@dataclass(frozen=True, slots=True)
class Contract:
    """Where a contract stands; `revision` counts its approvals and saved corrections (CT-DOC-05)."""

    state: State
    revision: int = 0
    approved_at: datetime | None = None
    cancelled_at: datetime | None = None
    correction: Correction = "none"

    def approve(self, *, pending_lines: int, now: datetime) -> "Contract":
        """Make it live; `NotAllowedNow("state")` when closed, `("nothing_to_approve")` with no line pending."""
        if self.state not in ("draft", "active"):
            raise NotAllowedNow("state", "A completed or cancelled contract is not approved again.")
        if self.state == "active" and not pending_lines:
            raise NotAllowedNow("nothing_to_approve", "No line of the contract is pending.")
        return replace(self, state="active", revision=self.revision + 1, approved_at=now)

    def cancel(self, now: datetime) -> "Contract":
        """End it at once; cancelling twice changes nothing, a completed one is refused (CT-LIF-08, CT-LIF-10)."""
        if self.state == "cancelled":
            return self
        if self.state == "completed":
            raise NotAllowedNow("state", "A completed contract cannot be cancelled.")
        if self.correction != "none":
            raise NotAllowedNow("correction_open", "The contract is being corrected; save or abandon that first.")
        return replace(self, state="cancelled", cancelled_at=now)

    def complete(self) -> "Contract":
        """Everything ordered has run or will never run (CT-LIF-12)."""
        return replace(self, state="completed") if self.state == "active" else self

    def ask_correction(self) -> "Contract":
        """Ask invoicing whether it may be corrected (CT-LIF-13).

        `NotAllowedNow`: `not_approved` on a draft, `state` once cancelled, `correction_open` while one is under way.
        """
        if self.state == "draft":
            raise NotAllowedNow("not_approved", "A draft is changed directly.")
        if self.state == "cancelled":
            raise NotAllowedNow("state", "A cancelled contract is not corrected.")
        if self.correction != "none":
            raise NotAllowedNow("correction_open", "The contract is being corrected already.")
        return replace(self, correction="requested")

    def correct(self) -> "Contract":
        """Save the correction: the contract has a new revision (CT-LIF-20)."""
        if self.correction != "open":
            raise NotAllowedNow("correction_not_open", "The correction is not open.")
        return replace(self, revision=self.revision + 1, correction="none")
