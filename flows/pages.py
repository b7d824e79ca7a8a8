"""The report and the Data Docs as pages beside Prefect's, under /sinergi on the same loopback port, so that its artifacts can link them.

Belongs here: which files of the home a browser may read - reports and Data Docs, which hold counts and codes - and nothing else.
Does not belong here: receipts and correction workbooks. They hold persons' data, and a loopback port asks nobody for a password
(docs/decisions/0009-pages.md).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.settings import settings
from tasks.intake.steps.kept import PAGE, docs_folder, has_fresh_page, kept_checks

PREFIX = "/sinergi"
LATEST = "/reports/terbaru.html"
_REPORT = re.compile(r"/reports/([1-9]\d{0,18}-rekapitulasi|terbaru)\.html", re.ASCII)
_DOCS = re.compile(r"/docs/([0-9a-f]{16})/", re.ASCII)
_KEPT_BACK = ("/answers/", "/published/")
#: names under which a browser on this machine, or at the near end of an SSH tunnel, calls this one; others are rebound names
_HOSTS = {"127.0.0.1", "localhost"}
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def beside(prefect: ASGIApp) -> ASGIApp:
    """Prefect's application with these pages beside it."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == PREFIX or path.startswith(f"{PREFIX}/")):
            response = await answer(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await prefect(scope, receive, send)

    return application


async def answer(request: Request) -> Response:
    """What a browser gets for an address under the prefix."""
    response = await _route(request)
    response.headers.update(_HEADERS)
    return response


async def _route(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        return PlainTextResponse("These pages are only read.", 405, {"allow": "GET, HEAD"})
    if request.url.hostname not in _HOSTS:
        return PlainTextResponse("Call this server by 127.0.0.1.", 421)
    path = request.scope["path"].removeprefix(PREFIX)
    if path in ("", "/"):
        return RedirectResponse(PREFIX + LATEST)
    if report := _REPORT.fullmatch(path):
        return await run_in_threadpool(_page, settings().reports, f"{report[1]}.html")
    if docs := _DOCS.fullmatch(path):
        return await _docs(docs[1])
    if path.startswith(_KEPT_BACK):
        return PlainTextResponse(
            "Receipts, correction workbooks and published lists are not shown here: these pages ask nobody for a password.\n"
            "They lie on the server, under the home of Sinergi, in a folder of the name that stands in this address.\n",
            403,
        )
    return PlainTextResponse("There is no such page.", 404)


async def _docs(submission_id: str) -> Response:
    """The Data Docs of a submission; its page is made now when it is not made yet."""
    if not await run_in_threadpool(has_fresh_page, submission_id):
        if await run_in_threadpool(kept_checks, submission_id) is None:
            return PlainTextResponse(
                f"No result is kept. On the server: sinergi submission docs {submission_id}\n", 404
            )
        await make_docs(submission_id)
    return await run_in_threadpool(_page, docs_folder(submission_id), PAGE)


def _page(folder: Path, name: str) -> Response:
    """A file of a folder of ours, never one that a link leads to."""
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return PlainTextResponse("There is no such page.", 404)
    with os.fdopen(handle, "rb") as file:
        return HTMLResponse(file.read())


async def make_docs(*submission_ids: str) -> bool:
    """Make the pages of these submissions, or of all that have none, in a process of their own; whether that went well.

    Of its own, because Great Expectations costs seconds to import and hundreds of megabytes to keep.
    """
    async with _one_at_a_time:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flows.make_docs", *submission_ids, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            return await child.wait() == 0
        finally:
            if child.returncode is None:
                child.kill()


_one_at_a_time = asyncio.Lock()
