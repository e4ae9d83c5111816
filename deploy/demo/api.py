"""The demo's client: what any integrator would write against the gateway."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from shared.kernel.ids import new_id

_TOKEN_SECONDS = 480
_PATIENCE_SECONDS = 600
_FAILED = {"failed", "cancelled"}
_ENDED = {"completed", "completed_with_errors"} | _FAILED
Document = dict[str, Any]


class Refused(Exception):
    """The gateway answered with a problem document."""

    def __init__(self, method: str, path: str, problem: Document) -> None:
        faults = "; ".join(
            f"{fault['pointer'] or fault.get('field', '')} {fault['message']}" for fault in problem.get("errors", [])
        )
        super().__init__(
            f"{method} {path}: {problem['status']} {problem['code']}: {problem['detail']} {faults}".strip()
        )
        self.problem = problem


class Failed(Exception):
    """A job or run stopped before its end."""


class ImportFailed(Exception):
    """A file's lines were not written; says why."""


class Api:
    """A signed-in user of one tenant; every POST carries a key of its own, so that a repeat does nothing twice."""

    def __init__(self, gateway_url: str, tenant_id: str, user: str, role: str = "operator") -> None:
        self._client = httpx.Client(base_url=gateway_url, timeout=60, trust_env=False)
        self._identity = {"tenant_id": tenant_id, "user": user, "role": role}
        self._token = ""
        self._renew_at = 0.0

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def get(self, path: str, **query: Any) -> Document:
        """One resource or one page."""
        return self._json("GET", path, params=query)

    def all(self, path: str, **query: Any) -> Iterator[Document]:
        """Every row of a list, page by page."""
        while True:
            page = self.get(path, limit=500, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def maybe(self, path: str) -> bytes | None:
        """A document's bytes, or None while there is none."""
        try:
            return self._send("GET", path).content
        except Refused as refused:
            if refused.problem["status"] == 404:
                return None
            raise

    def post(self, path: str, body: Document, *, version_of: str = "") -> Document:
        """Create something, or give a command; `version_of` is the resource whose version the command names."""
        headers = {"Idempotency-Key": str(new_id())}
        if version_of:
            headers["If-Match"] = self._send("GET", version_of).headers["ETag"]
        return self._json("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: Document) -> Document:
        """Change some of a thing, naming the version it was read at."""
        version = self._send("GET", path).headers["ETag"]
        return self._json("PATCH", path, json=body, headers={"If-Match": version})

    def upload(self, path: str, file: Path, **query: Any) -> Document:
        """Send a CSV file."""
        headers = {"Idempotency-Key": str(new_id()), "Content-Type": "text/csv"}
        return self._json("POST", path, params=query, content=file.read_bytes(), headers=headers)

    def printed(self, path: str) -> bytes:
        """A document's bytes, printed now if it is not yet."""
        return self._send("POST", path).content

    def imported(self, base: str, file: Path, kind: str, *, skip_errors: bool = False) -> Document:
        """Import a CSV file whole, or without its bad lines; `ImportFailed` with the reason as soon as it fails."""
        path = f"{base}/{self.upload(base, file, kind=kind)['id']}"
        self.move(path, "applied", skip_errors=skip_errors)
        done: Document = self.until(
            lambda: self.get(path), lambda found: found["state"] != "applying", f"the end of the import of {file.name}"
        )
        if done["state"] != "applied":
            failure = done["failure"] or {}
            raise ImportFailed(f"{file.name}: {done['state']}: {failure.get('code')}: {failure.get('message')}")
        return done

    def move(self, path: str, to: str, **more: Any) -> Document:
        """Bring a resource into a state, naming the version it was read at."""
        return self.post(f"{path}/transitions", {"to": to, **more}, version_of=path)

    def finished(self, path: str) -> Document:
        """A job or run once it has ended; `Failed` when it did not get to its end."""
        ended: Document = self.until(
            lambda: self.get(path), lambda found: found["state"] in _ENDED, f"the end of {path}"
        )
        if ended["state"] in _FAILED:
            raise Failed(f"{path} is {ended['state']}")
        return ended

    def until(self, look: Callable[[], Any], enough: Callable[[Any], bool], what: str) -> Any:
        """Look again and again until it is enough: other services learn by events, a moment later."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not enough(found := look()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {what}; last seen: {found}")
            time.sleep(0.2)
        return found

    def _json(self, method: str, path: str, **options: Any) -> Document:
        document: Document = self._send(method, path, **options).json()
        return document

    def _send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        signed = {"Authorization": f"Bearer {self._signed_in()}", **(headers or {})}
        answer = self._client.request(method, path, headers=signed, **options)
        while answer.status_code in (429, 503):
            time.sleep(float(answer.headers.get("Retry-After", 1)))
            answer = self._client.request(method, path, headers=signed, **options)
        if answer.is_error:
            raise Refused(method, path, answer.json())
        return answer

    def _signed_in(self) -> str:
        if time.monotonic() > self._renew_at:
            answer = self._client.post("/v1/tokens", json=self._identity)
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
            self._renew_at = time.monotonic() + _TOKEN_SECONDS
        return self._token
