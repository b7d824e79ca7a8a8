"""Which series a file belongs to: the shares that decide, the office's word, the circuit breaker."""

from __future__ import annotations

import pytest

from schemas.errors import FileWaits
from tasks.intake.series import Place, Series, Word, check_duplicates, check_row_count, place_file


def series(repeated: int, of: int = 100, **more: object) -> Series:
    """A known series of which a file repeats some records."""
    return Series(series_id=1, scope="a", record_count=of, repeated_count=repeated, version=3, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("repeated", "act"),
    [(100, "revision"), (50, "revision"), (49, "waits"), (5, "waits"), (4, "new"), (0, "new")],
)
def test_the_share_of_repeated_records_decides(repeated: int, act: str) -> None:
    if act == "waits":
        with pytest.raises(FileWaits, match="mengulang"):
            place_file([series(repeated)], Word(), "s", "key")
        return
    assert place_file([series(repeated)], Word(), "s", "key").act == act


@pytest.mark.parametrize(
    ("word", "key", "place"),
    [
        (Word(), "key", Place("revision", 1, "a", 4)),
        (Word(version=7), "key", Place("revision", 1, "a", 7)),
        (Word(version=2), "key", Place("older", 1, "a", 2)),
        (Word(scope="b"), "key", Place("new", None, "b", 1)),
        (Word(scope="a"), "key", Place("revision", 1, "a", 4)),
        (Word(), "seen", Place("same", 1, "a", 2)),
    ],
)
def test_the_offices_word_and_known_content_go_before_the_share(word: Word, key: str, place: Place) -> None:
    assert place_file([series(80, content_keys={"seen": 2})], word, "s", key) == place


@pytest.mark.parametrize(
    ("word", "came", "place"),
    [
        (Word(), 4, Place("older", 1, "a", 2)),
        (Word(), 6, Place("revision", 1, "a", 4)),
        (Word(version=7), 4, Place("revision", 1, "a", 7)),
    ],
)
def test_a_file_that_came_before_the_current_version_is_older_unless_it_is_numbered(
    word: Word, came: int, place: Place
) -> None:
    assert place_file([series(80, arrival=(5,))], word, "s", "key", (came,)) == place


def test_the_first_file_opens_a_series_named_after_it() -> None:
    assert place_file([], Word(), "s", "key") == Place("new", None, "s", 1)


def test_a_file_that_repeats_two_series_waits() -> None:
    other = Series(series_id=2, scope="b", record_count=10, repeated_count=10)
    with pytest.raises(FileWaits) as caught:
        place_file([series(100), other], Word(), "s", "key")
    assert caught.value.code == "AMBIGUOUS_REVISION"


@pytest.mark.parametrize(("duplicates", "rows", "waits"), [(50, 100, False), (51, 100, True), (15, 19, False)])
def test_more_duplicates_than_other_rows_wait(duplicates: int, rows: int, waits: bool) -> None:
    if waits:
        with pytest.raises(FileWaits):
            check_duplicates(duplicates, rows, Word())
    else:
        check_duplicates(duplicates, rows, Word())
    check_duplicates(duplicates, rows, Word(accept=("TOO_MANY_DUPLICATES",)))


@pytest.mark.parametrize(
    ("rows", "act", "waits"), [(50, "revision", False), (49, "revision", True), (49, "older", False)]
)
def test_a_revision_of_less_than_half_the_rows_waits(rows: int, act: str, waits: bool) -> None:
    place, known = Place(act, 1, "a", 4), [series(100, data_row_count=100)]  # type: ignore[arg-type]
    if waits:
        with pytest.raises(FileWaits):
            check_row_count(rows, place, known, Word())
    else:
        check_row_count(rows, place, known, Word())
    check_row_count(rows, place, known, Word(accept=("TOO_FEW_ROWS",)))
