"""Documents as answers: shown where they can be shown, or saved as a file."""

from typing import Any

from fastapi import Response

from services.contracts.documents import MEDIA_TYPES, Format

ANY_KIND: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}}
}
# A page shows what people typed: it may run and load nothing.
_STATIC = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def file_answer(made: bytes, name: str, kind: Format, *, download: bool) -> Response:
    """A document of a kind; with `download` a browser saves it."""
    headers = {
        "Content-Disposition": f'{"attachment" if download else "inline"}; filename="{name}.{kind}"',
        "Content-Security-Policy": _STATIC,
    }
    return Response(made, media_type=MEDIA_TYPES[kind], headers=headers)
