"""The worker that takes a service's events off its queue and hands them to its handlers."""

from shared.events.envelope import Received
from shared.runtime.handlers import Handler, Handlers

__all__ = ["Handler", "Handlers", "Received"]
