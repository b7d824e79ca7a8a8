"""`sinergi report`: write the report of the warehouse as it is now."""

from __future__ import annotations

import typer

from cli import printing


def report(
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD; default: today in the province"),
    as_json: bool = typer.Option(False, "--json", help="one JSON document"),
) -> None:
    """Write the report (Rekapitulasi) as one HTML page and print its path. Changes nothing else."""
    from cli.run import day
    from flows.report import report as write_report
    from tasks import runs
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    date = day(today)
    with runs.run("report", date) as run:
        result = write_report(run.run_id, date, lambda _: None)
        run.counts["report"] = 1
    if as_json:
        printing.show_json(result)
    else:
        printing.say(f"report: {result['path']}")
