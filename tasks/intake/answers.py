"""Which register answers in a row of a verification, and what: pure, over the distinct combinations that a file holds.

Belongs here: settling the two beside each other. Does not belong here: words (schemas/reference/register_answer.yaml), whether the NIK was
ever asked about (steps/asked.py), keeping answers (steps/load_answers.py).

Who answers is what the row says: its column of the register, else the number of its question (`asn-20200501-1`), else a word that only one
register uses. A row that says nothing of it is of the one register that all others of its file are of; of several, nobody can tell.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from schemas.registers import answers_of, registers
from tasks.intake.texts import Distinct

TEXT = pa.large_string()
FLAGS = ("nik__not_asked", "register__unsettled", "register_answer__of_other_register")
_BETWEEN = "\x1f"


def settle_answers(register: pa.Array, batch_id: pa.Array, code: pa.Array) -> dict[str, pa.Array]:
    """`register` and `register_answer` (the answer without its register) of every row, and the FLAGS.

    `register`: as its column says, `batch_id`: as written, `code`: the code of the answer; null = not told. An answer whose register is
    unsettled, or gives no such answer, stays the code it was. `nik__not_asked` is false: that is for the warehouse to say.
    """
    told = pc.binary_join_element_wise(
        register, batch_id, code, pa.scalar(_BETWEEN, TEXT), null_handling="replace", null_replacement=""
    )
    rows = Distinct.of(told)
    named = {value: _named(value) for value in rows.values.to_pylist()}
    settled = {name for name in named.values() if name}
    rest = settled.pop() if len(settled) == 1 else None

    def settle(value: str) -> tuple[str | None, str | None, bool, bool]:
        code = value.rsplit(_BETWEEN, 1)[1]
        answers = answers_of(code) if code else {}
        who = named[value] or (rest if rest in answers else None)
        return (
            who,
            answers.get(who or "", code or None),
            bool(answers) and who is None,
            bool(answers) and who not in (None, *answers),
        )

    who, answer, unsettled, other = rows.each(settle, TEXT, TEXT, pa.bool_(), pa.bool_())
    return {
        "register": who,
        "register_answer": answer,
        "register__unsettled": unsettled,
        "register_answer__of_other_register": other,
        "nik__not_asked": pa.repeat(pa.scalar(False), len(code)),
    }


def _named(value: str) -> str | None:
    """The register that a row names by itself."""
    register, batch_id, code = value.split(_BETWEEN)
    if register:
        return register
    asked = batch_id.strip().lower().split("-")[0]
    if asked in registers():
        return asked
    answers = answers_of(code) if code else {}
    return next(iter(answers)) if len(answers) == 1 else None
