"""The HTTP interface of the reference receiver; its OpenAPI document is generated from here (docs/receiver-openapi.json).

Belongs here: paths, headers, status codes, the size limit, the log of ids and counts. Does not belong here: what is answered
(judge), what is kept (ledger).
"""

from __future__ import annotations

import hmac
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from schemas.messages import CONTRACT_VERSION, KEY_PATTERN
from tasks.delivery.contract import (
    EXAMPLE_KEY,
    MAX_BODY_BYTES,
    Envelope,
    Health,
    Key,
    Line,
    ListState,
    LogCounts,
    Name,
    Problem,
    ProblemDetail,
    Receipt,
)  # fmt: skip
from tasks.delivery.receiver.ledger import Kept, Ledger

log = logging.getLogger("sinergi.receiver")
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Not readable as JSON"},
    401: {"model": Problem, "description": "No bearer token, or another one"},
    404: {"model": Problem, "description": "Never arrived here"},
    409: {"model": Problem, "description": "Same key or same list, other content: an alarm, nothing was taken"},
    413: {"model": Problem, "description": "Body too large"},
    422: {"model": Problem, "description": "Not a message of this contract; nothing was taken"},
    503: {"model": Problem, "description": "Could not be kept; send the same again later"},
}
PLACES = ("body", "header", "path", "idempotency-key", "idempotency_key", "list_id")
WORDS = {400: "not_readable", 401: "unauthorised", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Wrong(Exception):
    """A request that is not taken: its status and its problem."""

    def __init__(self, status: int, code: str, message: str, where: list[str] | None = None) -> None:
        self.status = status
        self.problem = Problem(error=ProblemDetail(code=code, message=message, where=where or []))
        super().__init__(code)


def create_app(ledger: Ledger, token: str | None = None) -> FastAPI:
    """The receiver over a ledger. With a token every `/v1` request must carry it as `Authorization: Bearer`."""
    app = FastAPI(
        title="Sinergi receiver",
        version=CONTRACT_VERSION,
        summary="The contract by which published aid lists are handed to a receiving system, exactly once in effect.",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit)
    app.add_exception_handler(Wrong, _say_wrong)
    app.add_exception_handler(RequestValidationError, _say_malformed)
    app.add_exception_handler(StarletteHTTPException, _say_http)
    app.add_exception_handler(sqlite3.OperationalError, _say_not_kept)
    _add_paths(app, ledger, Depends(_require(token)))
    return app


def _require(token: str | None) -> Callable[..., None]:
    """A check of the bearer token, in constant time."""

    def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]) -> None:
        if token is None:
            return
        if given is None or not hmac.compare_digest(given.credentials.encode(), token.encode()):
            raise Wrong(401, "unauthorised", "a bearer token is needed")

    return check


def _add_paths(app: FastAPI, ledger: Ledger, authorised: Any) -> None:
    """Every path of the contract."""

    @app.get("/health", response_model=Health, summary="Is the receiver ready")
    def health() -> Health:
        return Health(status="ready", contract_version="1")

    @app.post(
        "/v1/messages",
        response_model=Receipt,
        responses={code: PROBLEMS[code] for code in (400, 401, 409, 413, 422, 503)},
        dependencies=[authorised],
        summary="Hand over one part of a list",
    )
    async def post_message(
        request: Request,
        envelope: Envelope,
        idempotency_key: Annotated[str, Header(pattern=KEY_PATTERN, examples=[EXAMPLE_KEY])],
    ) -> Response:
        kept = await run_in_threadpool(ledger.take, idempotency_key, await request.body(), envelope)
        _log_kept(idempotency_key, envelope, kept)
        if kept.problem is not None:
            raise Wrong(422, kept.problem.code, kept.problem.message, kept.problem.where)
        if kept.how == "conflict":
            raise Wrong(409, kept.code, "this key, list or part came before with another content; nothing was taken")
        return Response(kept.receipt, media_type="application/json")

    @app.get(
        "/v1/messages/{idempotency_key}",
        response_model=Receipt,
        responses={code: PROBLEMS[code] for code in (401, 404, 422)},
        dependencies=[authorised],
        summary="Read back: did this message arrive, and what was answered",
    )
    def get_message(idempotency_key: Annotated[Key, Path()]) -> Response:
        receipt = ledger.receipt(idempotency_key)
        if receipt is None:
            raise Wrong(404, "unknown_message", "no message with this key was kept")
        return Response(receipt, media_type="application/json")

    @app.get(
        "/v1/lists/{list_id}",
        response_model=ListState,
        responses={code: PROBLEMS[code] for code in (401, 404, 422)},
        dependencies=[authorised],
        summary="How much of a list has arrived",
    )
    def get_list(list_id: Annotated[Name, Path()]) -> ListState:
        state = ledger.list_state(list_id)
        if state is None:
            raise Wrong(404, "unknown_list", "no part of this list was kept")
        return state

    @app.get(
        "/v1/log",
        response_model=LogCounts,
        responses={401: PROBLEMS[401]},
        dependencies=[authorised],
        summary="Counts of everything seen (reference receiver only, for tests)",
    )
    def get_log() -> LogCounts:
        return ledger.counts()


def _log_kept(key: str, envelope: Envelope, kept: Kept) -> None:
    """Ids and counts only."""
    part = f"{envelope.part}/{envelope.part_count}"
    log.info(
        "message %s part %s lines %d %s %s",
        key,
        part,
        envelope.count,
        kept.how,
        kept.problem.code if kept.problem else kept.code,
    )


def _say(status: int, problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status_code=status)


def _say_wrong(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Wrong)  # noqa: S101 - registered for this class only
    return _say(error.status, error.problem)


def _say_malformed(_: Request, error: Exception) -> JSONResponse:
    """Which fields are wrong and how, by pydantic's words for kinds of errors; the values given are never repeated."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    where = sorted({".".join("*" if isinstance(step, int) else str(step) for step in entry["loc"]) for entry in found})
    names = {name for name in where if all(part in KNOWN_NAMES for part in name.split("."))}
    detail = ProblemDetail(code="malformed", message="not a message of this contract", where=sorted(names)[:20])
    return _say(422, Problem(error=detail))


#: a name that a sender invented is not repeated: it may be a value
KNOWN_NAMES = {*Envelope.model_fields, *Line.model_fields, *PLACES, "*"}


def _say_http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException | StarletteHTTPException) else 500
    problem = Problem(error=ProblemDetail(code=WORDS.get(status, "refused"), message="see docs/receiver-api.md"))
    headers = getattr(error, "headers", None)
    return JSONResponse(problem.model_dump(), status_code=status, headers=headers)


def _say_not_kept(_: Request, error: Exception) -> JSONResponse:
    log.error("a message could not be kept: %s", getattr(error, "sqlite_errorname", "unknown"))
    problem = Problem(error=ProblemDetail(code="not_kept", message="nothing was taken; send the same again later"))
    return _say(503, problem)


Asgi = Callable[[dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class BodyLimit:
    """Reads a request's body up to the limit before anything parses it; a longer one gets 413."""

    def __init__(self, app: Asgi, limit: int = MAX_BODY_BYTES) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the request on with its body replayed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            parts.append(event.get("body", b""))
            size, more = size + len(parts[-1]), event.get("more_body", False)
            if size > self.limit:
                problem = Problem(error=ProblemDetail(code="too_large", message=f"more than {self.limit} bytes"))
                await _say(413, problem)(scope, receive, send)
                return
        events = iter([{"type": "http.request", "body": b"".join(parts), "more_body": False}])

        async def replay() -> Any:
            return next(events, None) or await receive()

        await self.app(scope, replay, send)
