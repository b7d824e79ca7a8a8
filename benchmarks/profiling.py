"""Where the rest goes: one night under cProfile, and every statement that PostgreSQL ran, by the server's own clock.

    python -m benchmarks.profiling INBOX

The embedded server ships no pg_stat_statements: it writes each statement of this night with its duration into its log (parameters left
out), which also sees COPY. cProfile sees the command's own process, its first thread; what runs in others shows as waiting.
"""

from __future__ import annotations

import argparse
import pstats
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks import nights
from benchmarks.results import table
from benchmarks.watch import ROOT, environment_of, watched

SHOWN = 18
#: statements shorter than this are not written into the log, in milliseconds
SHORTEST_MS = 2
LOGGING = f"\nlog_min_duration_statement = {SHORTEST_MS}\nlog_parameter_max_length = 0\n"
_DURATION = re.compile(r"duration: ([\d.]+) ms +(?:statement|execute [^:]*|parse [^:]*|bind [^:]*): (.*)", re.DOTALL)
_NUMBERS = re.compile(r"'[^']*'|\b\d+\b")


def places(profile: Path) -> list[tuple[str, float]]:
    """Seconds by room of the house or by library, the most first."""
    sums: defaultdict[str, float] = defaultdict(float)
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(str(profile)).stats.items():  # type: ignore[attr-defined]
        sums[place_of(file, function)] += own
    return sorted(sums.items(), key=lambda each: -each[1])


def place_of(file: str, function: str) -> str:
    """A room (`tasks/intake`), a library (`pandas`), what C does by its name, or Python's own."""
    if file.startswith(str(ROOT)) and "site-packages" not in file:
        return "/".join(Path(file).relative_to(ROOT).parts[:2]).removesuffix(".py")
    if "site-packages/" in file:
        return file.split("site-packages/")[1].split("/")[0].removesuffix(".py")
    if file == "~":
        found = re.search(r"'([a-z_]\w*)\.|([a-z_]\w*)\.\w+[ }]", function)
        return f"C: {next(filter(None, found.groups()))}" if found else "C: Python"
    return "Python"


def statements(log: str) -> list[tuple[str, int, float]]:
    """Statement (numbers and texts left out), how often, seconds in all; the most seconds first."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for entry in re.split(r"\n(?=\S)", log):
        match = _DURATION.search(entry)
        if match:
            text = " ".join(_NUMBERS.sub("?", match[2]).split())
            found[text[:90]].append(float(match[1]) / 1000)
    rows = [(text, len(each), sum(each)) for text, each in found.items()]
    return sorted(rows, key=lambda row: -row[2])


def section(inbox: Path) -> str:
    """The Markdown of a profiled first night."""
    with tempfile.TemporaryDirectory(prefix="sinergi-profile-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs under an account of its own
        home, profile = Path(folder, "home"), Path(folder, "night.prof")
        upgrade = [sys.executable, "-m", "cli.main", "db", "upgrade"]
        subprocess.run(upgrade, cwd=ROOT, env=environment_of(home), check=True, stdout=subprocess.DEVNULL)
        with (home / "pg" / "postgresql.conf").open("a") as settings:
            settings.write(LOGGING)
        program = ["-m", "cProfile", "-o", str(profile), "-m", "cli.main"]
        arguments = ["run", "--inbox", str(inbox), "--today", nights.TODAY]
        night = watched(arguments, home, program=program)
        spent = places(profile)
        asked = statements((home / "pg" / "server.log").read_text("utf-8", "replace"))
    whole = sum(seconds for _, seconds in spent)
    server = sum(seconds for _, _, seconds in asked)
    lines = [[name, f"{seconds:.1f}", f"{seconds / whole:.0%}"] for name, seconds in spent[:SHOWN]]
    told = [[f"`{text}`".replace("|", "\\|"), str(n), f"{seconds:.1f}"] for text, n, seconds in asked[:SHOWN]]
    return "\n".join([
        f"A first night over {nights.row_count(night):,} rows under cProfile, {night.seconds:.0f} s (the profiler's own cost included):"
        " seconds of the command's first thread by room or library.", "", table(["where", "seconds", "share"], lines), "",
        f"Inside PostgreSQL {server:.1f} s, statements of {SHORTEST_MS} ms and more:", "",
        table(["statement", "times", "seconds"], told),
    ])  # fmt: skip


def main() -> None:
    """Profile one inbox and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("inbox", type=Path)
    print(section(parser.parse_args().inbox.resolve()))


if __name__ == "__main__":
    main()
