"""What a run leaves on Prefect's pages: counts, codes, ids, file names, links to pages without values, paths of what has values (P12).

Belongs here: their wording. Does not belong here: when they are made (deployed.py), the pages they lead to (pages.py). Text is Markdown
made of file names that offices chose: whatever could be markup is taken out.
"""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from schemas.settings import settings
from tasks.intake.steps.kept import kept_checks
from tasks.late import late_lists
from tasks.reports.questions import answered_by, answered_in, outcomes_by_regency

#: lines of a table of files; a night of more says how many are left out
FILES_SHOWN = 300
_BY_HAND = (
    "Receipts and workbooks hold data of persons and are not shown on these pages, which ask nobody for a password."
    " They lie under SINERGI_HOME on the server; copy them: `scp SERVER:SINERGI_HOME/PATH .`"
)


def tell_night(name: str, counts: dict[str, Any], today: Any) -> None:
    """The artifacts of a night: outcomes per regency, late lists, the summary with every file it decided, the link to its report."""
    create_table_artifact(key="outcomes", table=outcomes_by_regency(), description="Rows by outcome and regency")
    if counts["late"]["lists"]:
        create_table_artifact(key="late", table=late_lists(today), description="Expected lists that have not come")
    report = counts["report"]["path"]
    files = answered_in(counts["run_id"])
    parts = [f"# {name}", _counts(counts), _link("The report", _report_url(report)) or f"The report: {place(report)}"]
    create_markdown_artifact(key="nightly", markdown=_text([*parts, *_files(files)]), description="What was done")
    _link_artifact("report", _report_url(report), "The report of this night")


def tell_submission(name: str, told: dict[str, Any]) -> None:
    """The artifacts of one file: what became of it, and the ways to its Data Docs, receipt and workbook; of a zip, of all its lists."""
    (file,) = answered_by(told["submission_id"])
    head = {name: told[name] for name in ("submission_id", "state", "reason_code")}
    url = docs_url(file["checked_id"])
    ways = [f"- {label}: {place(told[name])}" for name, label in _ANSWERS.items() if told[name]]
    docs = _link("Data Docs: every check with its counts", url)
    parts = [f"# {name}", _counts({**head, **told["counts"]}), docs, "\n".join(ways), _BY_HAND if ways else ""]
    lists = [line for each in told["members"] if each["submission_id"] for line in answered_by(each["submission_id"])]
    parts += _files(lists)[:-1] if lists else []
    create_markdown_artifact(key="submission", markdown=_text(parts), description="What became of the file")
    _link_artifact("data-docs", url, "Data Docs of this file")


_ANSWERS = {"receipt": "Receipt", "workbook": "Correction workbook"}


def tell_counts(key: str, name: str, counts: dict[str, Any]) -> None:
    """The one artifact of a run that decides no file: its counts, and the link to a report it wrote."""
    create_markdown_artifact(key=key, markdown=_text([f"# {name}", _counts(counts)]), description="What was done")
    if "path" in counts:
        _link_artifact("report", _report_url(counts["path"]), "The report")


def docs_url(submission_id: str) -> str | None:
    """The address of a submission's Data Docs; None when nothing serves pages or nothing was kept of it."""
    base = settings().pages_url
    return f"{base}/docs/{submission_id}/" if base and kept_checks(submission_id) is not None else None


def code(value: Any) -> str:
    """A value as code on one line of a Markdown table."""
    return "`" + " ".join(str(value).split()).replace("`", "'").replace("|", "/") + "`"


def place(path: str) -> str:
    """A path as code, from the home where it lies there."""
    home = f"{settings().home}/"
    return code(path.removeprefix(home))


def _report_url(path: str) -> str | None:
    base = settings().pages_url
    return f"{base}/reports/{path.rpartition('/')[2]}" if base else None


def _link_artifact(key: str, url: str | None, text: str) -> None:
    if url:
        create_link_artifact(link=url, link_text=text, key=key, description=text)


def _link(text: str, url: str | None) -> str:
    return f"[{text}]({url})" if url else ""


def _text(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _files(files: list[dict[str, Any]]) -> list[str]:
    """A table of files with the ways to what was made of them; what waits or was refused first."""
    if not files:
        return ["No file was new."]
    heading = "| regency | file | state | rows | findings | Data Docs | receipt | workbook |\n|---|---|---|--:|--:|---|---|---|"
    lines = [_line(file) for file in files[:FILES_SHOWN]]
    more = f"... and {len(files) - FILES_SHOWN} more: `sinergi submission list`" if len(files) > FILES_SHOWN else ""
    return ["\n".join([heading, *lines]), more, _BY_HAND]


def _line(file: dict[str, Any]) -> str:
    state = file["state"] + (f" ({file['reason_code']})" if file["reason_code"] else "")
    docs = _link(file["checked_id"], docs_url(file["checked_id"])) or code(file["checked_id"])
    ways = [place(file[name]) if file[name] else "" for name in _ANSWERS]
    cells = [file["regency_code"], code(file["file"]), state, file["row_count"], file["finding_count"], docs, *ways]
    return f"| {' | '.join(map(str, cells))} |"


def _counts(counts: dict[str, Any]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {_cell(value)} |" for name, value in counts.items())])


def _cell(value: Any) -> str:
    """A count, an id or a path; nested counts in words, zeros left out."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(inner)}" for name, inner in value.items() if inner) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(_cell, value)) or "none"
    return "" if value is None else place(str(value)) if "/" in str(value) else str(value)
