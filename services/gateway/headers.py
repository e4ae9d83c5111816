"""Which headers cross the gateway: those of the connection stay on their side of it (RFC 9110, section 7.6.1)."""

from collections.abc import Iterable

from shared.runtime.problem import ProtocolFault

RawHeaders = list[tuple[bytes, bytes]]

_CONNECTION = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding "
    b"upgrade".split()
)
# The server in front answers `expect` itself; the login cookie is the gateway's; nobody but the gateway tells a service
# where a request came from or how long it may take.
_REQUEST_ONLY = frozenset(
    b"host expect cookie forwarded x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-prefix x-real-ip "
    b"x-deadline-ms traceparent tracestate".split()
)
_RESPONSE_ONLY = frozenset({b"server", b"date"})
_TO_SERVICE = _CONNECTION | _REQUEST_ONLY
_TO_CALLER = _CONNECTION | _RESPONSE_ONLY


def to_service(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The caller's headers that a service gets to see."""
    return _without(headers, _TO_SERVICE)


def to_caller(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """A service's headers that the caller gets to see; the server in front sets its own date."""
    return _without(((name.lower(), value) for name, value in headers), _TO_CALLER)


def _without(headers: Iterable[tuple[bytes, bytes]], dropped: frozenset[bytes]) -> RawHeaders:
    kept, listed = [], b""
    for name, value in headers:
        if name == b"connection":
            listed += b"," + value
        if name not in dropped:
            kept.append((name, value))
    if not listed:
        return kept
    named = {name.strip().lower() for name in listed.split(b",")}
    return [(name, value) for name, value in kept if name not in named]


def body_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Bytes of the request body, 0 when there is none, None when only its end will tell.

    Several or unreadable lengths, or a length beside chunks, are 400 `malformed_body`: the classic smuggling of a
    second request.
    """
    lengths = [value for name, value in headers if name == b"content-length"]
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    if len(lengths) + chunked > 1 or not all(length.isdigit() for length in lengths):
        raise ProtocolFault(400, "malformed_body", "The length of the body is not clear.")
    return None if chunked else int(lengths[0]) if lengths else 0
