"""When a word on a pair may be said: a table of what was said before, and what speaks against the new word."""

from __future__ import annotations

import pytest

from tasks.identity.judgements import Judgement, Word, object_to, ordered, pair_name

#: records 1 to 6 name a person, 7 names none, 8 has no current row
PEOPLE = {**dict.fromkeys(range(1, 7), True), 7: False, 8: None}


def said(*words: tuple[int, int, str], stale: bool = False) -> list[Judgement]:
    return [Judgement(10 + number, a, b, verdict, stale) for number, (a, b, verdict) in enumerate(words)]


def objections(words: list[tuple[int, int, str]], standing: list[Judgement]) -> list[str | None]:
    found = object_to([Word(*word) for word in words], PEOPLE, standing)
    return [each and each.code for each in found]


@pytest.mark.parametrize(
    ("standing", "word", "objection"),
    [
        ([], (1, 2, "same"), None),
        ([], (1, 1, "same"), "ONE_RECORD"),
        ([], (1, 9, "same"), "UNKNOWN_RECORD"),
        ([], (1, 8, "same"), "RECORD_GONE"),
        ([], (1, 7, "different"), "NO_PERSON"),
        (said((1, 2, "same")), (1, 2, "same"), "ALREADY_JUDGED"),
        (said((1, 2, "same")), (1, 2, "different"), "ALREADY_JUDGED"),
        (said((1, 2, "same")), (1, 2, "unsure"), "ALREADY_JUDGED"),
        (said((1, 2, "unsure")), (1, 2, "different"), None),
        (said((1, 2, "unsure")), (1, 2, "unsure"), "ALREADY_JUDGED"),
        (said((1, 2, "same"), stale=True), (1, 2, "different"), None),
        (said((1, 2, "same"), stale=True), (1, 2, "same"), None),
        (said((1, 2, "same"), (2, 3, "same")), (1, 3, "different"), "CONTRADICTION"),
        (said((1, 2, "same"), (2, 3, "same")), (1, 3, "same"), None),
        (said((1, 2, "same"), (2, 3, "same")), (1, 3, "unsure"), None),
        (said((1, 2, "same"), (1, 3, "different")), (2, 3, "same"), "CONTRADICTION"),
        (said((1, 2, "same"), (1, 3, "different")), (2, 3, "different"), None),
        (said((1, 2, "same"), (3, 4, "same"), (1, 4, "different")), (2, 3, "same"), "CONTRADICTION"),
        (said((1, 3, "different")), (1, 2, "same"), None),
    ],
)
def test_a_word_is_held_against_what_was_said_before(
    standing: list[Judgement], word: tuple[int, int, str], objection: str | None
) -> None:
    assert objections([word], standing) == [objection]


def test_a_list_that_contradicts_itself_is_told_at_the_line_that_does() -> None:
    words = [(1, 2, "same"), (2, 3, "same"), (1, 3, "different"), (4, 5, "same")]
    assert objections(words, []) == [None, None, "CONTRADICTION", None]


def test_a_contradiction_names_the_judgements_to_undo() -> None:
    (found,) = object_to([Word(1, 3, "different")], PEOPLE, said((1, 2, "same"), (2, 3, "same")))
    assert found is not None
    assert "1-2 same (judgement 10)" in found.what and "2-3 same (judgement 11)" in found.what


def test_a_pair_is_named_the_same_from_either_side() -> None:
    assert ordered(2, 1) == (1, 2) and pair_name(2, 1) == pair_name(1, 2) == "1-2"
