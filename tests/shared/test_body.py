"""Request bodies: what is not strictly JSON is refused before anybody reads it."""

import pytest

from shared.kernel.errors import Invalid
from shared.runtime.body import parse
from shared.runtime.problem import ProtocolFault


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"amount":',
        b"\xff\xfe",
        b'{"amount": "\xc3"}',
        b'{"amount": 1, "amount": 2}',
        b"NaN",
        b'{"amount": Infinity}',
        b"[" * 100_000,
        b"[" * 22 + b"]" * 22,
    ],
)
def test_a_body_that_is_not_strict_json_is_malformed(body: bytes) -> None:
    with pytest.raises(ProtocolFault) as refused:
        parse(body)
    assert (refused.value.status, refused.value.code) == (400, "malformed_body")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"text": "a\\u0000b"}', "/text"),
        (b'{"lines": [{"text": "\\ud800"}]}', "/lines/0/text"),
        (b'{"n": ' + b"9" * 5000 + b"}", None),
    ],
)
def test_what_no_column_can_hold_is_refused_with_its_place(body: bytes, pointer: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        parse(body)
    assert refused.value.code == "invalid_value"
    assert [fault.pointer for fault in refused.value.faults] == ([] if pointer is None else [pointer])


def test_nesting_of_twenty_and_long_numbers_within_bounds_pass() -> None:
    assert parse(b"[" * 20 + b"]" * 20) is not None
    assert parse(b'{"n": 9223372036854775807, "t": "\\u00e5"}') == {"n": 2**63 - 1, "t": "å"}
