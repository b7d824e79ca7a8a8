"""The suites of Great Expectations, and one call that validates a submission's frame: `validate(frame, kind) -> Findings`.

The suite is the single list of checks: a finding exists because an expectation of the suite failed. Belongs here: building the
suites from the catalogue, running them, reading their results. Does not belong here: what a finding does to a row (tasks/intake),
messages (messages).

Nothing of a cell enters a result: unexpected values, rows and queries are switched off, and counts are all that is left (P12).
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from expectations.catalogue import SEVERITIES, entries, entries_of
from schemas.errors import InvariantBroken
from schemas.records import Kind

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd

NO_VALUES = {
    "result_format": "BASIC",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}
#: our severities in the words of Great Expectations
GX_SEVERITY = {"reject": "critical", "hold": "critical", "warn": "warning", "info": "info"}


@dataclass(frozen=True)
class Findings:
    """What a suite found in a frame.

    rows     one line a failing row and check: `position` (int64, 0-based in the frame), `code`, `field`, `severity`
    file     one line a check of the whole file that failed: `code`, `field`, `severity`, `unexpected_count`
    summary  one line an expectation: `code`, `field`, `severity`, `level`, `success`, `unexpected_count`, `element_count`
    checks   Great Expectations' result of each expectation in its own words: `code`, `success`, `result` (counts; no value)
    """

    rows: pd.DataFrame
    file: pd.DataFrame
    summary: pd.DataFrame
    checks: list[dict[str, Any]]


class Checks(Protocol):
    """What validates: this process (HERE), or one of its own (apart.Apart)."""

    def wait(self) -> None:
        """Return when the checks are loaded."""

    def validate(self, frame: pd.DataFrame, kind: Kind, *, today: date | None = None) -> Findings:
        """As the function of this name."""


def build_suite(kind: Kind) -> gx.ExpectationSuite:
    """The suite of one kind of submission: one expectation an entry of the catalogue."""
    import great_expectations as gx
    from great_expectations.expectations.metadata_types import FailureSeverity

    from expectations.row_rule import ExpectRowsToPassCheck

    return gx.ExpectationSuite(
        name=kind,
        expectations=[
            ExpectRowsToPassCheck(
                column=f"{entry.field}__raw",
                code=entry.code,
                mostly=entry.mostly,
                severity=FailureSeverity(GX_SEVERITY[entry.severity]),
                description=f"[{entry.code}] {entry.check.id}",
                meta={"code": entry.code},
            )
            for entry in entries_of(kind)
        ],
    )


def load_checks() -> None:
    """Import Great Expectations, which takes seconds, before it is needed."""
    _context()
    importlib.import_module("expectations.row_rule")


@cache
def begin_to_load() -> Thread:
    """The thread that loads the checks, begun with the first call: meanwhile this process may wait for others."""
    thread = Thread(target=load_checks)
    thread.start()
    return thread


@lru_cache(maxsize=1)
def _context() -> Any:
    """One context in memory per process; nothing is stored, nothing is sent."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


@cache
def validation_of(kind: Kind) -> gx.ValidationDefinition:
    """The suite of a kind bound to a frame given at run time; made once per process."""
    import great_expectations as gx

    context = _context()
    batch = (
        context.data_sources.add_pandas(kind)
        .add_dataframe_asset("submission")
        .add_batch_definition_whole_dataframe("all")
    )
    suite = context.suites.add(build_suite(kind))
    definition: gx.ValidationDefinition = context.validation_definitions.add(
        gx.ValidationDefinition(name=kind, data=batch, suite=suite)
    )
    return definition


def validate(frame: pd.DataFrame, kind: Kind, *, today: date | None = None) -> Findings:
    """Run the suite of a kind over a standardised frame (one row a data row; duplicates included).

    `today` is the day on which dates are judged (default: the UTC date). Raises InvariantBroken when Great Expectations
    counted otherwise than its own masks, or an expectation could not be evaluated at all.
    """
    begin_to_load().join()
    from expectations.row_rule import evaluating

    checked = frame.drop(columns=["cells"], errors="ignore").reset_index(drop=True)
    definition = validation_of(kind)
    with evaluating(today or datetime.now(UTC).date()) as evaluation:
        # not definition.run: it keeps every result in the process, and makes the same document once more for that
        batch = definition.data.get_batch(batch_parameters={"dataframe": checked})
        result = batch.validate(definition.suite, result_format=NO_VALUES)
    summary = _summarise(result, len(checked))
    counted = {code: int(failing.sum()) for code, failing in evaluation.failing.items()}
    told: dict[str, int] = dict(zip(summary["code"].tolist(), summary["unexpected_count"].tolist(), strict=True))
    if told != counted:
        differing = sorted(code for code in told.keys() | counted.keys() if told.get(code) != counted.get(code))
        raise InvariantBroken(f"the suite {kind} counted otherwise than its masks: {', '.join(differing)}")
    return Findings(_positions(summary, evaluation.failing), _file_findings(summary), summary, _checks(result))


class _Here:
    """The checks of this process."""

    def wait(self) -> None:
        """Return when they are loaded; begins to load them."""
        begin_to_load().join()

    def validate(self, frame: pd.DataFrame, kind: Kind, *, today: date | None = None) -> Findings:
        """As the function of this name."""
        return validate(frame, kind, today=today)


HERE = _Here()


def _summarise(result: Any, row_count: int) -> pd.DataFrame:
    """One line an expectation, in the order of the catalogue; Great Expectations returns them grouped by column."""
    import pandas as pd

    lines = []
    for each in result.results:
        code = each.expectation_config.meta["code"]
        if each.exception_info.get("raised_exception") or "unexpected_count" not in each.result:
            raise InvariantBroken(f"the check {code} could not be evaluated", mend="See the log of the validation.")
        entry = entries()[code]
        count = int(each.result["unexpected_count"])
        lines.append((code, entry.field, entry.severity, entry.level, bool(each.success), count, row_count))
    columns = ["code", "field", "severity", "level", "success", "unexpected_count", "element_count"]
    order = list(entries())
    return pd.DataFrame(sorted(lines, key=lambda line: order.index(str(line[0]))), columns=columns)


def _positions(summary: pd.DataFrame, failing: dict[str, Any]) -> pd.DataFrame:
    """The failing rows of every row check, ordered by position, then gravity, then the catalogue."""
    import numpy as np
    import pandas as pd

    failed = summary[(summary["level"] == "row") & (summary["unexpected_count"] > 0)]
    found = [np.flatnonzero(failing[code]) for code in failed["code"]]
    rows = failed[["code", "field", "severity"]].loc[np.repeat(failed.index, [len(each) for each in found])]
    rows.insert(0, "position", np.concatenate([np.empty(0, np.int64), *found]))
    gravity = rows["severity"].map({word: number for number, word in enumerate(SEVERITIES)})
    order = np.lexsort((rows.index.to_numpy(), gravity.to_numpy(np.int64), rows["position"].to_numpy()))
    return pd.DataFrame(rows.iloc[order]).reset_index(drop=True)


def _file_findings(summary: pd.DataFrame) -> pd.DataFrame:
    """The checks of the whole file that failed."""
    failed = summary[(summary["level"] == "file") & ~summary["success"]]
    return failed[["code", "field", "severity", "unexpected_count"]].reset_index(drop=True)


def _checks(result: Any) -> list[dict[str, Any]]:
    """The result of each expectation as plain data."""
    return [
        {"code": each.expectation_config.meta["code"], "success": bool(each.success), "result": dict(each.result)}
        for each in result.results
    ]
