"""The protocol `rest`: one request to a receiving system over HTTP, with a limit on its whole time and on the reply's size.

Belongs here: addresses, headers, limits, and whether a request may have left. Does not belong here: what a reply means
(reconcile), states (steps). `requests` limits only single reads, so each request runs in a thread of its own and the sender
stops listening at the deadline; what then still happens is in doubt like every other silence.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import requests

from schemas.errors import UsageError
from schemas.receivers import Receiver
from tasks.delivery.reconcile import Reply

CHUNK_BYTES = 65_536
MESSAGES_PATH = "/v1/messages"


class RestReceiver:
    """A receiving system at its address. One at a time: it is not shared between threads."""

    def __init__(self, receiver: Receiver, url: str, token: str | None) -> None:
        """Raises UsageError for an address to which personal data must not be sent."""
        self.receiver, self.base = receiver, check_address(url)
        self.token = token
        self._session = self._open()

    def post(self, key: str, body: bytes) -> Reply:
        """Hand over one message."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        return self._request("POST", MESSAGES_PATH, headers, body)

    def read_back(self, key: str) -> Reply:
        """Ask what became of a message."""
        return self._request("GET", f"{MESSAGES_PATH}/{quote(key, safe='')}", {}, None)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _open(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = not is_loopback(urlsplit(self.base).hostname or "")  # a proxy cannot reach our loopback
        session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "sinergi"})
        if self.token:
            session.auth = _Bearer(self.token)  # as auth, so that no netrc file replaces it
        return session

    def _request(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        session = self._session
        reply = within(self.receiver.total_seconds, lambda: self._exchange(session, method, path, headers, body))
        if reply is None:
            self._session = self._open()  # the late thread keeps the old one
            return Reply(None, code="deadline_passed")
        return reply

    def _exchange(
        self, session: requests.Session, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Reply:
        """One request and its whole reply. No redirect is followed, so no other host is ever asked."""
        limits = (self.receiver.connect_seconds, self.receiver.total_seconds)
        try:
            with session.request(
                method, self.base + path, data=body, headers=headers, timeout=limits, allow_redirects=False, stream=True
            ) as response:
                return read_reply(response, self.receiver.response_max_bytes)
        except requests.exceptions.ConnectTimeout:
            return Reply(None, code="connect_timed_out", may_have_left=False)
        except requests.exceptions.SSLError:
            return Reply(None, code="tls_failed")
        except requests.exceptions.ProxyError:
            return Reply(None, code="proxy_failed")
        except requests.exceptions.ConnectionError as error:
            left = not _never_connected(error)
            return Reply(None, code="connection_lost" if left else "connection_refused", may_have_left=left)
        except requests.exceptions.Timeout:
            return Reply(None, code="reply_timed_out")
        except requests.exceptions.RequestException:
            return Reply(None, code="exchange_failed")


class _Bearer(requests.auth.AuthBase):
    """`Authorization: Bearer`; the token is in no message and no log."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def read_reply(response: requests.Response, max_bytes: int) -> Reply:
    """The reply's body up to the cap. A redirect or a longer body is no reply; one that breaks off raises requests' errors."""
    if 300 <= response.status_code < 400:
        return Reply(None, code="redirect_refused")
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            return Reply(None, code="reply_too_large")
    return Reply(response.status_code, b"".join(parts))


def within(seconds: float, work: Callable[[], Reply]) -> Reply | None:
    """The result of work, or None when it takes longer; an error of the work is raised here."""
    box: queue.SimpleQueue[Reply | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put(work())
        except Exception as error:  # noqa: BLE001 - handed over to the waiting thread, which raises it
            box.put(error)

    threading.Thread(target=run, daemon=True, name="sinergi-rest").start()
    try:
        result = box.get(timeout=seconds)
    except queue.Empty:
        return None
    if isinstance(result, Exception):
        raise result
    return result


def check_address(url: str) -> str:
    """The base URL without a trailing slash. UsageError unless it is https, or http on this machine, without user and query."""
    parts = urlsplit(url)
    mend = "Set SINERGI_RECEIVER_URL to https://host[:port][/path]; http is for 127.0.0.1 only."
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("the receiver's address is not a web address", mend=mend)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("the receiver's address carries a user, a query or a fragment", mend=mend)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError("personal data is not sent over http to another machine", mend=mend)
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection ever stood (refused, no route, unknown host), so that nothing can have left."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return type(cause).__name__ in ("NewConnectionError", "NameResolutionError")
