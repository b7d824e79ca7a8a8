"""Run `sinergi` commands again and again, each try struck by one fault, until every fault at every moment has struck once.

    python -m tests.deep.crashing '{"inbox": DIR, "url": URL, "faults": ["killed", ...], "within": [], "commands": [["run", ...], ...]}'

What a fault is and at which moments it strikes: faults.py. `within` names the functions whose moments are struck; none = all.

Each try is a process of its own (forked from this one, so that a try costs what it does and not its start: forge.py); after each, every
promise is asked (promises.py). Processes that a try starts by forking are struck as well; what is forked again asks for its fault in
the same folder, so that a try never has two. The last line of the output is JSON:

    {"faults": {fault: [moment, ...]}, "missed": faults that no try was struck by, "codes": exit codes of the commands,
     "wrong": what was not as promised}
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import IO

from cli.main import main as sinergi
from schemas.receivers import receivers
from tests.deep.faults import wrap_moments
from tests.deep.forge import forked
from tests.deep.house import House
from tests.deep.promises import Watch

#: enough to see what is wrong
MAX_WRONG = 5
TRY_SECONDS = 1200
#: any command that asks the warehouse
STARTS = ["db", "upgrade"]
#: what a command may answer when its try was struck; a killed one answers nothing
ANSWERS = {
    "killed": (-signal.SIGKILL,),
    "cut": (4,),
    "restarted": (4,),
    "server killed": (4,),
    "line cut": (4,),
    "no room": (1,),
}
#: a receiver's file with short waits
SOON = {"read_back_wait_seconds": 0.1, "retry_wait_seconds": 0.05}
NIK = re.compile(r"(?<![0-9a-f])[1-9]\d{15}(?!\d)")


def main() -> None:
    """Every command in order, each until a try of it is not struck any more."""
    told = json.loads(sys.argv[1])
    receivers().update({code: each.model_copy(update=SOON) for code, each in receivers().items()})
    house = House(Path(os.environ["SINERGI_HOME"]).parent, Path(told["inbox"]), told["url"], "")
    striker = Striker(
        Path(tempfile.mkdtemp(prefix="sinergi-faults-")), tuple(told["faults"]), frozenset(told["within"])
    )
    watch, codes, wrong = Watch(house), [], []
    for arguments in told["commands"]:
        struck: str | None = ""
        while struck is not None and len(wrong) < MAX_WRONG:
            code, said, struck = striker.try_once(arguments)
            if (struck or "").startswith("server killed"):
                striker.try_once(STARTS, is_armed=False)  # whatever comes next starts the server again
            wrong += [f"{struck or 'at the end'}: {each}" for each in (*misspoken(code, said, struck), *watch.broken())]
        codes.append(code)
    missed = striker.missed()
    shutil.rmtree(striker.folder)
    faults: dict[str, list[str]] = {}
    for each in striker.struck:
        kind, _, moment = each.partition(" | ")
        faults.setdefault(kind, []).append(moment)
    print(json.dumps({"faults": faults, "missed": missed, "codes": codes, "wrong": wrong}))


def misspoken(code: int, said: str, struck: str | None) -> list[str]:
    """What a try said that it must not say, or did not say."""
    wrong = [f"tells a value: {len(found)} numbers like a NIK" for found in [NIK.findall(said)] if found]
    if "Traceback" in said:
        wrong.append(f"shows its insides: {said[-1500:]}")
    if struck is None:
        return wrong
    allowed = next(codes for kind, codes in ANSWERS.items() if struck.startswith(kind))
    if code not in allowed:
        wrong.append(f"answers {code}: {said[-800:]}")
    sentences = [line for line in said.splitlines() if line.startswith("sinergi: ")]
    if code in (1, 4) and len(sentences) != 1 and '"out_of_reach"' not in said:
        wrong.append(f"answers {code} in {len(sentences)} sentences: {said[-800:]}")
    return wrong


class Striker:
    """Strikes each try once, with a fault at a moment that was not struck so yet."""

    def __init__(self, folder: Path, faults: tuple[str, ...], within: frozenset[str]) -> None:
        self.folder, self.faults, self.within = folder, faults, within
        self.struck: list[str] = []

    def try_once(self, arguments: list[str], *, is_armed: bool = True) -> tuple[int, str, str | None]:
        """Fork a process that runs the command: its exit code (negative for a signal), what it said, what struck it."""
        claim = self.folder / "claim"
        claim.unlink(missing_ok=True)
        with tempfile.TemporaryFile("w+") as said:
            code = self._run(arguments, said, is_armed)
            said.seek(0)
            output = said.read()
        struck = claim.read_text() if claim.exists() else None
        if struck is not None:
            self.struck.append(struck)
            print(struck, flush=True)
        return code, output, struck

    def _run(self, arguments: list[str], said: IO[str], is_armed: bool) -> int:
        def work() -> None:
            if is_armed:
                wrap_moments(self.claims)
            sys.argv = ["sinergi", *arguments]
            sinergi()

        return forked(work, said, TRY_SECONDS)

    def claims(self, fault: str, moment: str) -> bool:
        """Whether this try is struck here and now."""
        name = f"{fault} | {moment}"
        if not fault.startswith(self.faults) or name in self.struck:
            return False
        if self.within and moment.rsplit(" ", 1)[1] not in self.within:
            return False
        with (self.folder / "seen").open("a") as seen:
            seen.write(name + "\n")
        try:
            with (self.folder / "claim").open("x") as handle:
                handle.write(name)
        except FileExistsError:
            return False
        return True

    def missed(self) -> list[str]:
        """Faults at moments that were passed by and never struck so."""
        return sorted({*(self.folder / "seen").read_text().splitlines()} - {*self.struck})


if __name__ == "__main__":
    main()
