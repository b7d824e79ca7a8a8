"""Data Docs of one submission: Great Expectations' own page of a result, made readable offline.

Belongs here: rendering a result that carries no values (validation.NO_VALUES). Does not belong here: running a suite (validation),
writing the file (tasks/intake/steps/docs.py).

Great Expectations renders the sections; the frame around them is ours (data_docs/), because the packaged page calls five content
networks and a logo host. Nothing in the page is loaded from anywhere.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from expectations.catalogue import entries
from expectations.messages import plain_sentence
from expectations.validation import GX_SEVERITY
from schemas.fields import fields
from schemas.records import Kind

FRAME = Path(__file__).with_name("data_docs")


def render_docs(result: dict[str, Any], title: str, note: str) -> str:
    """The HTML page of a suite's result (`result_of`); `title` and `note` stand above it. No values, no external address."""
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        expectationSuiteValidationResultSchema,
    )
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    loaded: Any = expectationSuiteValidationResultSchema.load(_readable(result))
    if not isinstance(loaded, ExpectationSuiteValidationResult):
        loaded = ExpectationSuiteValidationResult(**loaded)
    renderer: Any = ValidationResultsPageRenderer(run_info_at_end=True)
    document = renderer.render(loaded)
    view: Any = DefaultJinjaPageView(custom_views_directory=str(FRAME))
    page: str = view.render(document, template="offline_page.j2", offline_title=title, offline_note=note)
    return page


def render_reason(submission_id: str, title: str, reason_code: str) -> str:
    """The page of a file that waits or was refused before a result of its checks counted."""
    from jinja2 import Environment, FileSystemLoader

    note = f"The file waits or was refused ({reason_code}): no check counts yet. `sinergi submission inspect {submission_id}` says why."
    template = Environment(loader=FileSystemLoader(FRAME), autoescape=True).get_template("offline_page.j2")
    return template.render(sections=[], offline_title=title, offline_note=note)


def result_of(kind: Kind, checks: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of a suite as Great Expectations writes it, from what was kept of it (`Findings.checks`).

    Raises KeyError for a check that is not in the catalogue any more.
    """
    from great_expectations import __version__

    from expectations.row_rule import ExpectRowsToPassCheck

    results = [
        {
            "success": each["success"],
            "expectation_config": {
                "type": ExpectRowsToPassCheck.expectation_type,
                "kwargs": {"column": f"{entries()[each['code']].field}__raw", "code": each["code"]},
                "meta": {"code": each["code"]},
                "severity": GX_SEVERITY[entries()[each["code"]].severity],
            },
            "result": each["result"],
            "meta": {},
            "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
        }
        for each in checks
    ]
    passed = sum(each["success"] for each in checks)
    return {
        "success": passed == len(checks),
        "suite_name": kind,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(checks),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(checks) - passed,
            "success_percent": 100 * passed / len(checks) if checks else None,
        },
        "results": results,
        "meta": {"great_expectations_version": __version__},
        "id": None,
    }


def _readable(result: dict[str, Any]) -> dict[str, Any]:
    """The result with fields under their own names and checks in their words of many rows."""
    told = copy.deepcopy(result)
    for each in told["results"]:
        config = each["expectation_config"]
        entry = entries()[config["meta"]["code"]]
        config["kwargs"]["column"] = f"{fields()[entry.field].label} ({entry.field})"
        config["description"] = f"[{entry.code}] {entry.severity}: {plain_sentence(entry.code)}"
    told["meta"] = {**told["meta"], "run_id": {"run_name": None, "run_time": "1970-01-01T00:00:00+00:00"}}
    return told
