"""What an office reads about a cell."""

from __future__ import annotations

import pytest

from expectations.catalogue import entries
from expectations.messages import as_shown, column_letter, mask, message, plain_sentence, sentence


def test_the_message_names_column_heading_error_and_remedy() -> None:
    assert message("NIK_NOT_16_DIGITS", 5, "NIK", "190101550390001") == (
        ', kolom F "NIK": NIK harus 16 digit, tertulis 15 digit. '
        "Periksa KTP; ketik sebagai teks (awali dengan tanda ')."
    )


def test_a_field_without_a_column_is_named_without_a_place() -> None:
    assert message("NIK_MISSING", None, "", "").startswith(": NIK kosong.")


def test_a_heading_of_two_lines_is_told_on_one() -> None:
    assert '"NO. NIK"' in message("NIK_MISSING", 0, "NO.\nNIK", "")


@pytest.mark.parametrize(("number", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_excel_shows(number: int, letter: str) -> None:
    assert column_letter(number) == letter


@pytest.mark.parametrize(
    ("written", "shown"),
    [("1901015503900001", "1901**********01"), ("0812", "****"), ("Siti Aminah", "Siti*****ah"), ("", "")],
)
def test_what_points_at_a_person_is_masked(written: str, shown: str) -> None:
    assert mask(written) == shown


def test_words_from_a_list_are_shown_as_written() -> None:
    assert as_shown("sector", " Kulier ") == "Kulier"
    assert as_shown("sector", "1901015503900001") == "1901**********01"
    assert as_shown("nik", "1901015503900001") == "1901**********01"


@pytest.mark.parametrize("code", list(entries()))
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_sentence_can_be_said_of_any_cell(code: str, language: str) -> None:
    for written in ("", "{x}", "Kulier", "1901015503900001"):
        told = sentence(code, written, language=language)
        assert told.endswith((".", ")"))
        assert "1901015503900001" not in told
    assert "{" not in plain_sentence(code)
