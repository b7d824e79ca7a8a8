"""Phone numbers as offices write them."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.intake.phones import parse_phones, read_phones


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("081398765432", "+6281398765432"), ("0813-9876-5432", "+6281398765432"), ("+62 813 9876 5432", "+6281398765432"),
        ("6281398765432", "+6281398765432"), ("81398765432", "+6281398765432"), ("(0813) 9876 5432", "+6281398765432"),
        ("WA: 081398765432", "+6281398765432"), ("081398765432.0", "+6281398765432"), ("0717-422555", "+62717422555"),
        ("0717-422555 ext. 12", "+62717422555"), ("0717 422555 (pesawat 101)", "+62717422555"),
        ("081398765432 / 085267891234", "+6281398765432|+6285267891234"),
        ("081398765432 atau 085267891234", "+6281398765432|+6285267891234"),
        ("081398765432;081398765432", "+6281398765432"), ("081398765432 085267891234", "+6281398765432|+6285267891234"),
        ("0812-7100-0001 0813-7100-0002", "+6281271000001|+6281371000002"),
        ("0812 7100 0001 +62 813 7100 0002", "+6281271000001|+6281371000002"),
        ("(0717) 422555 0812-7100-0001", "+62717422555|+6281271000001"), ("0812 0813 4567", "+6281208134567"),
        ("628100000 08", "+62810000008"), ("0812345678 089", "+62812345678089"),
        ("081398765432 0852 6789 1234", "+6281398765432|+6285267891234"),
        ("+62 812 6281 0001", "+6281262810001"), ("62 812 7100 0862", "+6281271000862"),
        ("081271000001 / -", "+6281271000001"), ("- / 081271000001", "+6281271000001"), ("081271000001, tidak ada", "+6281271000001"),
    ],
)  # fmt: skip
def test_numbers_are_understood(written: str, number: str) -> None:
    assert parse_phones(written) == (number, None)


@pytest.mark.parametrize("written", ["0812-0000-0000", "081234567890", "000000000000", "08111111111"])
def test_numbers_that_nobody_has_are_absent(written: str) -> None:
    assert parse_phones(written) == (None, None)


def test_an_unreadable_number_is_a_problem_and_its_neighbour_is_kept() -> None:
    assert parse_phones("12345") == (None, "unreadable")
    assert parse_phones("tidak hafal") == (None, "unreadable")
    assert parse_phones("081398765432 / 12345") == ("+6281398765432", "unreadable")


@pytest.mark.parametrize(
    "written",
    [
        "08127100O001", "0812-71OO-0001", "0812710000l1", "0812710000O", "0812-7100-OOOO", "08127100000O (istri)", "0812710000lI",
        "0812-7100-00Ol an. Budi", "0812x71000001",
    ],
)  # fmt: skip
def test_a_letter_among_the_digits_is_no_digit_left_out(written: str) -> None:
    assert read_phones(pa.array([written], pa.large_string()))[0].to_pylist() == [None]
    assert parse_phones(written) == (None, "unreadable")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("81271000001.0", "+6281271000001"), ("8127100001.0", "+628127100001"), ("081271000001.0", "+6281271000001"),
        ("6281271000001.0", "+6281271000001"), ("0812.7100.0001", "+6281271000001"), ("0812.7100.0000", "+6281271000000"),
    ],
)  # fmt: skip
def test_the_tail_of_a_spreadsheets_number_adds_no_digit(written: str, number: str) -> None:
    assert read_phones(pa.array([written], pa.large_string()))[0].to_pylist() == [number]
    assert parse_phones(written) == (number, None)


@given(
    st.lists(
        st.from_regex(r"(\+62|62|0|)[0-9]{6,13}", fullmatch=True)
        | st.from_regex(r"'?(\+62 ?|62|0|)8[0-9]{2}[-. ]?[0-9O]{3,4}[-. ]?[0-9]{2,5}(\.0)?", fullmatch=True),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_a_column_is_read_as_the_library_reads_single_numbers(values: list[str]) -> None:
    numbers, problems = read_phones(pa.array(values, pa.large_string()))
    assert list(zip(numbers.to_pylist(), problems.to_pylist(), strict=True)) == [
        parse_phones(value) for value in values
    ]


@given(st.from_regex(r"08(1[1-3]|5[2-9]|9[5-9])[1-9][0-9]{6,7}", fullmatch=True))
def test_every_number_kept_is_valid(value: str) -> None:
    number, _ = parse_phones(value)
    if number is not None:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))


@pytest.mark.parametrize(
    "written", ["081398765432 (istri)", "HP: 081398765432 an. Budi", "0813-9876-5432 / tidak", "081398765432an Budi"]
)
def test_words_about_whose_number_it_is_do_not_hide_it(written: str) -> None:
    assert parse_phones(written)[0] == "+6281398765432"
