"""Who is who, measured on data whose truth is known: `python -m benchmarks.identity [--only febrl] [--rows 20000] [--write]`.

Every section is printed, and with --write put into RESULTS.md, as soon as it is measured. Belongs here: which sections there are, and
their words. Does not belong here: measuring (identity_febrl, identity_provinces).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks import identity_febrl, identity_provinces
from benchmarks.results import machine, table, write_section


class Section(NamedTuple):
    """One section of the results: its title, and what makes its Markdown of the sizes asked for."""

    title: str
    body: Callable[[Sequence[int]], str]


#: the sizes of provinces, and from which size on one of them stands for all
ROWS, LARGE = (20_000, 200_000, 1_000_000), 1_000_000


def febrl(_: Sequence[int]) -> str:
    """FEBRL3 and FEBRL4 in this project's resolver beside three others."""
    rows = []
    for listed in (identity_febrl.febrl3(), identity_febrl.febrl4()):
        for way, told in identity_febrl.measure(listed).items():
            shares = [f"{told[name]:.4f}" for name in ("precision", "recall", "f1")]
            rows.append([f"{listed.name}: {way}", *shares, f"{told['seconds']:.0f}"])
    told_table = table(("", "precision", "recall", "pairwise F1", "processor seconds"), rows)
    return (
        f"`make bench-identity`. {machine()}\n\n{told_table}\n\n"
        "FEBRL3: 5,000 records of one file with up to five duplicates of one person; FEBRL4: two files of 5,000, linked, no two records of"
        " one file made one. This project's resolver is the one of persons (train without labels, freeze, block, score, cluster) with"
        " another layout (`benchmarks/identity_febrl.py`); most of its seconds are training, on one thread so that the same data give the"
        " same model. It merges above log2(records) + 4 bits, no threshold was chosen by the truth; the comparisons were designed on what"
        " people mistype (names in each other's column, day and month, two lines of an address, postcodes), the blocks are an equal"
        " number, an equal birth date, or two other things that agree. Bare Splink is set up like its own FEBRL examples;"
        " recordlinkage's ECM classifier (unsupervised) says pairs and makes no clusters; exact keys: the same soc_sec_id, or the same"
        " two names and birth date."
    )


def provinces(rows: Sequence[int]) -> str:
    """Generated provinces by two generators, beside three rivals."""
    lines = []
    for count in rows:
        lines += identity_provinces.measure(count, ("82",) if count >= LARGE else identity_provinces.PROVINCES)
    return (
        f"`make bench-identity`. {machine()}\n\n{table(identity_provinces.HEADING, lines)}\n\n"
        "*demo*: the project's own generator; *strangers*: one that shares no name, error rate or code with it. The model was trained"
        " on other provinces and seeds (12, 32, 71, 73; seed 11); demo 82 and strangers 92 of other seeds were looked at while"
        " clauses were written. Recall is over all rows that have a person, those without a NIK included. Splink is"
        " bare, with its own comparison library on the same cleaned columns, at the threshold that is best by the truth."
    )


SECTIONS = {
    "febrl": Section("FEBRL: who is who on a public benchmark", febrl),
    "provinces": Section("Who is who in generated provinces", provinces),
}


def main() -> None:
    """Measure the sections asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=sorted(SECTIONS), nargs="*", help="these sections; default: all")
    parser.add_argument("--rows", type=int, nargs="*", default=ROWS, help="sizes of the generated provinces")
    parser.add_argument("--write", action="store_true", help="put each section into RESULTS.md")
    arguments = parser.parse_args()
    for name in arguments.only or SECTIONS:
        section = SECTIONS[name]
        body = section.body(arguments.rows)
        print(f"## {section.title}\n\n{body}\n", flush=True)
        if arguments.write:
            write_section(f"identity-{name}", section.title, body)


if __name__ == "__main__":
    main()
