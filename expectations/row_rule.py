"""The one custom Great Expectations expectation: rows pass the check of the catalogue that it names.

Belongs here: how Great Expectations evaluates a mask, and how the very mask it evaluated is kept for the row positions. Does
not belong here: masks (masks, cross_masks), which checks exist (catalogue), running a suite (validation).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, cast

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.expectation_configuration import parse_result_format
from great_expectations.expectations.metrics import ColumnMapMetricProvider
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies

from expectations import cross_masks  # noqa: F401  registers its masks
from expectations.catalogue import Entry, entries
from expectations.masks import MASKS, Failing, Rows


@dataclass(frozen=True)
class Evaluation:
    """One run of a suite: the day its rules are read on, and the masks that Great Expectations evaluated, by code."""

    today: date
    failing: dict[str, Failing] = field(default_factory=dict)


_evaluation: ContextVar[Evaluation] = ContextVar("evaluation")


@contextmanager
def evaluating(today: date) -> Iterator[Evaluation]:
    """Keep what is evaluated inside the block."""
    kept = Evaluation(today)
    token = _evaluation.set(kept)
    try:
        yield kept
    finally:
        _evaluation.reset(token)


def failing_rows(entry: Entry, rows: Rows) -> Failing:
    """The mask of one check; raises TypeError when the entry's parameters are not the mask's."""
    return MASKS[entry.rule](rows, **entry.parameters)


class RowRule(ColumnMapMetricProvider):
    """The condition: the mask of the check, evaluated once. Nulls are the mask's own business."""

    condition_metric_name = "column_values.row_rule"
    condition_value_keys = ("code",)
    filter_column_isnull = False

    @metric_partial(
        engine=PandasExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.MAP_CONDITION_SERIES,
        domain_type=MetricDomainTypes.COLUMN,
    )
    def _pandas(
        cls: Any,
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Any:
        import pandas as pd

        frame, compute, accessor = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.COLUMN
        )
        entry = entries()[metric_value_kwargs["code"]]
        evaluation = _evaluation.get()
        failing = failing_rows(entry, Rows(frame, entry.field, evaluation.today))
        evaluation.failing[entry.code] = failing
        return pd.Series(failing, index=frame.index), compute, accessor


class ExpectRowsToPassCheck(ColumnMapExpectation):
    """Rows pass the check of the catalogue with this code; `mostly` is the share of all rows, written or not, that must.

    Asked of Great Expectations are the count of failing rows and the count of rows, and nothing else: its own map expectations also
    gather the failing values (which must not leave the frame) and count nulls (which are the mask's business), and that takes most of
    the time of a small submission.
    """

    code: str
    map_metric: ClassVar[str] = "column_values.row_rule"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "code")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "code")

    def get_validation_dependencies(
        self,
        execution_engine: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> ValidationDependencies:
        """The two counts, under the result format of this run."""
        table = {"batch_id": self.batch_id}
        asked = (
            MetricConfiguration(
                f"{self.map_metric}.unexpected_count", {**table, "column": self.column}, {"code": self.code}
            ),
            MetricConfiguration("table.row_count", table),
        )
        result_format = parse_result_format((runtime_configuration or {}).get("result_format", "BASIC"))
        return ValidationDependencies({each.metric_name: each for each in asked}, result_format)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        row_count, failing = int(metrics["table.row_count"]), int(metrics[f"{self.map_metric}.unexpected_count"])
        share = failing / row_count if row_count else 0.0
        return {
            "success": row_count == 0 or (row_count - failing) / row_count >= cast(float, self.mostly),
            "result": {"element_count": row_count, "unexpected_count": failing, "unexpected_percent": share * 100},
        }
