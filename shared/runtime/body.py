"""Strict JSON bodies: what a lenient parser would let through becomes a refusal here (reliability.md section 9)."""

import json
from typing import Any, NoReturn

from fastapi import Request

from shared.kernel.errors import Fault, Invalid
from shared.runtime.problem import ProtocolFault

BODY_BYTES_MAX = 1024 * 1024
UPLOAD_BYTES_MAX = 20 * BODY_BYTES_MAX
_DEPTH_MAX = 20
_DIGITS_MAX = 19


def _malformed(detail: str) -> ProtocolFault:
    return ProtocolFault(400, "malformed_body", detail)


class StrictRequest(Request):
    """A request whose body is read up to a limit and whose JSON is parsed strictly."""

    body_bytes_max = BODY_BYTES_MAX

    async def body(self) -> bytes:
        """The whole body; 413 as soon as it grows over the limit."""
        if not hasattr(self, "_body"):
            chunks, size = [], 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > self.body_bytes_max:
                    raise ProtocolFault(413, "body_too_large", f"At most {self.body_bytes_max} bytes.")
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    async def json(self) -> Any:
        """The parsed body: no duplicate key, no NaN, no lone surrogate, nesting of at most 20."""
        if not hasattr(self, "_strict"):
            self._strict = parse(await self.body())
        return self._strict


def parse(body: bytes) -> Any:
    """Strict JSON: 400 `malformed_body` for what is not JSON, 422 for text and numbers nobody can store."""
    try:
        text = body.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise _malformed("The body is not UTF-8.") from None
    except RecursionError:
        raise _malformed("The body is nested too deeply.") from None
    except ValueError:
        raise _malformed("The body is not JSON.") from None
    _check(value, "", 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("An object holds a key twice.")
    return found


def _constant(_name: str) -> NoReturn:
    raise _malformed("NaN and Infinity are not JSON.")


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS_MAX:
        raise Invalid("invalid_value", "A number has too many digits.")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole)


def _check(value: Any, pointer: str, depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise _malformed("The body is nested too deeply.")
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict):
        for key, member in value.items():
            _check_text(key, pointer)
            _check(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _check(member, f"{pointer}/{index}", depth + 1)


def _check_text(text: str, pointer: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        fault = Fault(pointer, "invalid_value", "Text holds a character that cannot be stored.")
        raise Invalid.of([fault])
