"""Reading identity numbers of a fixed length: what an office wrote -> digits, or the word for what is wrong with it.

Belongs here: what all numbers share (KK, NIB, NPWP, NIK of people and of cooperatives). Does not belong here: what only a NIK says
(nik.py). A number is never repaired: separators are dropped because they lose nothing, everything else is a problem.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.intake.texts import clean_text, decide, is_placeholder, without

#: blanks, dots, dashes, apostrophes and the ="..." that keeps spreadsheets from counting: dropping them loses nothing
SEPARATORS = "[\\s.\\-‐-―_'’‘`´\"=]+"
#: what closes or surrounds a number in a list ('1901...;', '(1901...)', '1901... *')
EDGES = r"^[(\[{<*,;:/]+|[)\]}>*,;:/]+$"
#: the number's own name before it ('NIK 1901...', 'No. KTP: 1901...')
NUMBER_LABEL = r"(?i)^\s*(?:no(?:mor)?[\s.:]*)?(?:nik|ktp|nkk|kk|nib|npwp)[\s.:]+"
#: it was a number on its way here: a float's tail (1901015503900001.0), thousands in groups (1.901.015.503.900.010)
EXPORTED = r"^(?:[0-9]+[.,]0{1,2}|[0-9]{1,3}(?:[.,][0-9]{3}){5}(?:[.,]0{1,2})?)$"
#: from here on a spreadsheet's numbers skip odd values (2^53); every NIK of Papua lies above it
EXACT_LIMIT = "9007199254740992"

#: words of a problem, for every kind of number (the word for a wrong length is its own per field)
LENGTHS: dict[str, tuple[frozenset[int], str]] = {
    "nik": (frozenset({16}), "not_16_digits"),
    "kk": (frozenset({16}), "not_16_digits"),
    "nib": (frozenset({13}), "not_13_digits"),
    "npwp": (frozenset({15, 16}), "not_15_or_16_digits"),
    "digits": (frozenset(range(6, 21)), "wrong_length"),
}


def read_digits(raw: pa.Array, is_number: pa.Array, kind: str) -> tuple[pa.Array, pa.Array]:
    """Digits and problem per row for the text as written and whether the cell was numeric.

    Problems: `letters` (O for 0, l for 1, or words), `scientific` (3.50213E+15), `precision_lost` (a number of 16 digits whose
    last is 0 or which lies above 2^53: a spreadsheet keeps 15 digits), `placeholder_number`, and the wrong length. A blank or
    placeholder has neither digits nor a problem. The digits of a row with a problem are null.
    """
    lengths, wrong_length = LENGTHS[kind]
    text = clean_text(raw)
    text = without(text, is_placeholder(text))
    is_plain = pc.fill_null(pc.match_substring_regex(text, "^[0-9]+$"), False)
    is_written = pc.and_not(pc.is_valid(text), is_plain)  # these need a closer look
    written = pc.filter(text, is_written)
    exported = pc.match_substring_regex(written, EXPORTED)
    shorn = pc.if_else(exported, pc.replace_substring_regex(written, "[.,]0{1,2}$|[.,]", ""), written)
    shorn = pc.replace_substring_regex(shorn, NUMBER_LABEL, "")
    shorn = pc.replace_substring_regex(pc.replace_substring_regex(shorn, SEPARATORS, ""), EDGES, "")
    odd = decide(
        ("scientific", pc.match_substring_regex(written, r"^[0-9]([.,][0-9]*)?[eE]\+?[0-9]+$")),
        ("letters", pc.match_substring_regex(shorn, r"[\p{L}|]")),
        (wrong_length, pc.invert(pc.match_substring_regex(shorn, "^[0-9]+$"))),
        length=len(written),
    )
    digits = pc.replace_with_mask(text, is_written, shorn)
    exported = pc.replace_with_mask(pa.nulls(len(text), pa.bool_()).fill_null(False), is_written, exported)
    odd = pc.replace_with_mask(pa.nulls(len(text), pa.large_string()), is_written, odd)
    numeric = pc.or_kleene(pc.fill_null(is_number, False), exported)
    size = pc.utf8_length(digits)
    lost = pc.and_(
        pc.and_(numeric, pc.equal(size, 16)),
        pc.or_(pc.ends_with(digits, "0"), pc.greater(digits, pa.scalar(EXACT_LIMIT, digits.type))),
    )
    problem = decide(
        ("placeholder_number", is_counting(digits)),
        (wrong_length, pc.and_not(pc.is_valid(digits), pc.is_in(size, pa.array(sorted(lengths), size.type)))),
        ("precision_lost", lost),
        length=len(raw),
    )
    problem = pc.coalesce(odd, problem)
    return without(digits, pc.is_valid(problem)), problem


def is_counting(digits: pa.Array) -> pa.Array:
    """Which numbers were typed to fill a cell: one digit repeated, or counting up or down from any digit."""
    repeated = "|".join(f"{digit}+" for digit in range(10))
    up = ["".join(str((start + step) % 10) for step in range(20)) for start in range(10)]
    counting = [row[:length] for start in up for row in (start, start[::-1]) for length in range(10, 21)]
    return pc.or_(
        pc.match_substring_regex(digits, f"^({repeated})$"), pc.is_in(digits, pa.array(counting, digits.type))
    )
