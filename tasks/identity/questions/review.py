"""What waits for a person's word: pairs that nobody could tell, edges that a whole cluster left out, judgements to look at again.

    pair            policy asks (edge.verdict review) and nobody has judged
    cut             an edge would merge, but its cluster holds it (edge.held_by) and nobody has judged
    contradiction   a judgement `same` in force whose two records are two persons all the same
    stale           a judgement in force, a compared field of whose records has changed since: in force, asked once more
    unsure          somebody looked and could not tell; told only when asked for by kind

Of a pair that was drawn for the quality sample and waits for its judgement, what the machine says is withheld (questions/sample.py).

Belongs here: read-only SQL with plain rows as answers; values are masked here and their disclosure recorded. Does not belong here:
judging (steps/judge.py), how it is printed (cli), the workbook (sheet.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from tasks import store
from tasks.asking import rows_of
from tasks.identity.explain import shown
from tasks.identity.judgements import pair_name
from tasks.identity.questions.model import model_called
from tasks.identity.questions.sample import waiting_among
from tasks.identity.waterfall import waterfall
from tasks.identity.wording import in_both
from tasks.trail import record_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.identity.model import Model

    Row = Mapping[str, Any]

KINDS = ("pair", "cut", "contradiction", "stale", "unsure")

_JUDGED = """EXISTS (SELECT FROM identity.judgement j WHERE (j.record_a, j.record_b) = (e.record_a, e.record_b)
                        AND j.undone_at IS NULL)"""
#: a judgement, what its two records say today, its edge if there is one, and whether a consolidation has applied it
_STANDING = """
       SELECT j.judgement_id, j.record_a, j.record_b, j.verdict, e.weight, coalesce(e.held_by, e.clause) AS clause,
              (a.match_hash, b.match_hash) IS DISTINCT FROM (j.match_hash_a, j.match_hash_b) AS is_stale,
              wa.record_id IS NULL AND wb.record_id IS NULL AS is_applied
         FROM identity.judgement j JOIN source.record_version a ON a.record_id = j.record_a AND a.to_run IS NULL
         JOIN source.record_version b ON b.record_id = j.record_b AND b.to_run IS NULL
         LEFT JOIN identity.edge e ON (e.record_a, e.record_b) = (j.record_a, j.record_b)
         LEFT JOIN waiting wa ON wa.record_id = j.record_a LEFT JOIN waiting wb ON wb.record_id = j.record_b
        WHERE j.undone_at IS NULL"""

#: every question with both persons, of two persons the strongest pair only. Who was judged once is not asked about by another pair, but
#: an edge that would merge is: it may show that a record stands on the wrong side. A judgement that the next consolidation has still
#: to apply contradicts nothing.
QUESTIONS = f"""
WITH waiting AS (SELECT DISTINCT record_id FROM source.change), standing AS ({_STANDING}), question AS (
       SELECT 'pair' AS kind, e.record_a, e.record_b, e.clause, e.weight, NULL::bigint AS judgement_id FROM identity.edge e
        WHERE e.verdict = 'review' AND NOT {_JUDGED}
       UNION ALL
       SELECT 'cut', e.record_a, e.record_b, e.held_by, e.weight, NULL FROM identity.edge e
        WHERE e.held_by IS NOT NULL AND NOT {_JUDGED}
       UNION ALL
       SELECT CASE WHEN is_stale THEN 'stale' WHEN verdict = 'unsure' THEN 'unsure' ELSE 'contradiction' END, record_a, record_b,
              clause, weight, judgement_id
         FROM standing WHERE is_stale OR verdict = 'unsure' OR verdict = 'same' AND is_applied
), placed AS (
       SELECT q.*, la.regency_code AS regency_a, lb.regency_code AS regency_b, ma.unit_id AS person_a, mb.unit_id AS person_b
         FROM question q JOIN source.logical_record la ON la.record_id = q.record_a
         JOIN source.logical_record lb ON lb.record_id = q.record_b
         JOIN identity.membership ma ON ma.record_id = q.record_a AND ma.unit_kind = 'person' AND ma.to_run IS NULL
         JOIN identity.membership mb ON mb.record_id = q.record_b AND mb.unit_kind = 'person' AND mb.to_run IS NULL
), judged AS (
       SELECT least(ma.unit_id, mb.unit_id) AS one, greatest(ma.unit_id, mb.unit_id) AS other FROM identity.judgement j
         JOIN identity.membership ma ON ma.record_id = j.record_a AND ma.unit_kind = 'person' AND ma.to_run IS NULL
         JOIN identity.membership mb ON mb.record_id = j.record_b AND mb.unit_kind = 'person' AND mb.to_run IS NULL
        WHERE j.undone_at IS NULL
), open AS (
       SELECT *, row_number() OVER persons AS place, count(*) OVER persons - 1 AS other_pairs FROM placed p
        WHERE (kind IN ('stale', 'unsure') OR person_a <> person_b)
          AND NOT EXISTS (
              SELECT FROM judged WHERE one = least(p.person_a, p.person_b) AND other = greatest(p.person_a, p.person_b)
                 AND p.kind = 'pair')
          AND kind = ANY(CAST(:kinds AS text[]))
          AND (CAST(:clause AS text) IS NULL OR clause = :clause)
          AND (CAST(:regency AS text) IS NULL OR :regency IN (regency_a, regency_b))
       WINDOW persons AS (
              PARTITION BY kind, least(person_a, person_b), greatest(person_a, person_b)
              ORDER BY weight DESC NULLS LAST, record_a, record_b ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
), asked AS (
       SELECT * FROM open WHERE kind NOT IN ('pair', 'cut') OR place = 1)"""

#: draft lines that wait for these very persons to be told apart: of the person, or of a business of theirs
_HELD = """
       SELECT count(*) FROM aid.list l JOIN (
              SELECT 'person' AS unit_kind, unnest(ARRAY[q.person_a, q.person_b]) AS unit_id
              UNION ALL SELECT 'business', b.business_id FROM gold.business b
               WHERE b.to_run IS NULL AND b.person_id IN (q.person_a, q.person_b)) u ON true
         JOIN aid.decision d ON (d.list_id, d.unit_kind, d.unit_id) = (l.list_id, u.unit_kind, u.unit_id)
        WHERE l.state = 'draft' AND d.decision = 'waiting' AND d.decisive_reason = 'IDENTITY_IN_REVIEW'"""

#: what matters comes first: aid that waits, then the weight; what was judged already before what was not
_LIST = f"""{QUESTIONS}
SELECT q.*, fa.written_name AS name_a, fb.written_name AS name_b, ({_HELD}) AS held_lines FROM asked q
  LEFT JOIN identity.features fa ON fa.record_id = q.record_a LEFT JOIN identity.features fb ON fb.record_id = q.record_b
 ORDER BY kind = 'contradiction' DESC, held_lines DESC, weight DESC NULLS LAST, record_a, record_b LIMIT :size OFFSET :start"""

_COUNTS = (
    f"{QUESTIONS} SELECT kind, clause, count(*) AS questions FROM asked GROUP BY kind, clause ORDER BY 3 DESC, 1, 2"
)

#: the pairs that are shown
_PAIRS = "SELECT * FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS p (record_a, record_b)"

_EDGES = f"SELECT e.* FROM ({_PAIRS}) p JOIN identity.edge e USING (record_a, record_b)"

_RECORDS = f"""
SELECT l.record_id, l.regency_code, l.kind, s.period, b.file, v.sheet_no, h.name AS sheet, v.row, m.unit_id AS person_id,
       f.written_name, v.owner_name, v.nik, v.birth_date, v.sex, v.phone, v.kk_number, v.owner_address, v.business_address,
       v.village_code, v.district_code, v.business_name, v.nib
  FROM source.logical_record l LEFT JOIN source.record_version v ON v.record_id = l.record_id AND v.to_run IS NULL
  LEFT JOIN intake.series s ON s.series_id = l.series_id
  LEFT JOIN intake.submission b ON b.submission_id = v.submission_id
  LEFT JOIN intake.sheet h ON h.submission_id = v.submission_id AND h.sheet_no = v.sheet_no
  LEFT JOIN identity.features f ON f.record_id = l.record_id
  LEFT JOIN identity.membership m ON m.record_id = l.record_id AND m.unit_kind = 'person' AND m.to_run IS NULL
 WHERE l.record_id IN (SELECT record_a FROM ({_PAIRS}) p UNION SELECT record_b FROM ({_PAIRS}) p)"""

_HISTORY = f"""
SELECT j.record_a, j.record_b, j.judgement_id, j.verdict, j.reason, j.judged_by, j.judged_at, j.undone_by, j.undone_reason, j.undone_at,
       (a.match_hash, b.match_hash) IS DISTINCT FROM (j.match_hash_a, j.match_hash_b) AS is_stale
  FROM ({_PAIRS}) p JOIN identity.judgement j USING (record_a, record_b)
  LEFT JOIN source.record_version a ON a.record_id = j.record_a AND a.to_run IS NULL
  LEFT JOIN source.record_version b ON b.record_id = j.record_b AND b.to_run IS NULL
 ORDER BY j.judgement_id"""

#: what is compared -> the column of a record that is shown for it, and the golden column after whose kind it is masked
COMPARED: dict[str, tuple[str, str]] = {
    "name": ("owner_name", "full_name"), "birth": ("birth_date", "birth_date"), "nik": ("nik", "nik"), "kk": ("kk_number", "kk_number"),
    "phone": ("phone", "phone"), "nib": ("nib", "nib"), "sex": ("sex", "sex"), "place": ("village_code", "village_code"),
    "address": ("owner_address", "address"), "business": ("business_name", "business_name"),
}  # fmt: skip

#: why what the machine says of a pair is not told: it was drawn to measure the machine
WITHHELD = "DRAWN"

#: what of a listed question is the machine's word
_MACHINES_WORD = ("clause", "weight")

#: levels at which the two say the same
SAME = ("written", "equal", "village")


def list_questions(
    *, kind: str | None = None, clause: str | None = None, regency: str | None = None, page: int = 1, size: int = 50,
    reason_to_show: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One page of the open questions, those that matter most first, and how many there are by kind and clause.

    Names are masked unless `reason_to_show` says why they are needed; that is recorded. Raises UsageError for a kind that is none.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--kind {kind}: there is no such kind of question", mend=f"One of {', '.join(KINDS)}.")
    values = {"kinds": [kind] if kind else list(KINDS[:-1]), "clause": clause, "regency": regency}
    with store.transaction() as connection:
        counts = rows_of(_COUNTS, connection, **values)
        found = rows_of(_LIST, connection, **values, size=size, start=(page - 1) * size)
        blind = waiting_among(((row["record_a"], row["record_b"]) for row in found), connection)
        if reason_to_show is not None:
            told = {"questions": len(found)}
            record_event("show_values", "review list", reason=reason_to_show, counts=told, connection=connection)
    questions = [{"pair": pair_name(row["record_a"], row["record_b"]), **row} for row in found]
    for question in questions:
        for name in ("name_a", "name_b"):
            question[name] = shown("full_name", question[name], reason_to_show is not None)
        if (question["record_a"], question["record_b"]) in blind:
            question |= dict.fromkeys(_MACHINES_WORD)
    return {"count": sum(row["questions"] for row in counts), "page": page, "by_clause": counts, "questions": questions}


def parse_pair(text: str) -> tuple[int, int]:
    """The two record ids of `A-B`, the smaller first; raises UsageError when it is no pair."""
    left, dash, right = text.strip().partition("-")
    if not (dash and left.strip().isdecimal() and right.strip().isdecimal()):
        raise UsageError(f"{text!r} is no pair", mend="Write two record ids as `sinergi review list` does: 123-456.")
    a, b = sorted((int(left), int(right)))
    return a, b


def show_pairs(pairs: Sequence[tuple[int, int]], *, reason_to_show: str | None = None) -> list[dict[str, Any]]:
    """Of each pair two records side by side: what is compared and how much each comparison says, the verdict, sources, persons,
    judgements. Of a pair that was drawn and waits for its judgement only values, sources and judgements, and `withheld` says why.

    Values are masked unless `reason_to_show` says why they are needed; that is recorded. Raises UsageError for an unknown record.
    """
    values = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    with store.transaction() as connection:
        edges = {(row["record_a"], row["record_b"]): row for row in rows_of(_EDGES, connection, **values)}
        records = {row["record_id"]: row for row in rows_of(_RECORDS, connection, **values)}
        history = rows_of(_HISTORY, connection, **values)
        blind = waiting_among(pairs, connection)
        for record in {*values["a"], *values["b"]} - records.keys():
            raise UsageError(f"there is no record {record}", mend="`sinergi review list` shows the pairs.")
        if reason_to_show is not None:
            subject = f"pair {pair_name(*pairs[0])}" if len(pairs) == 1 else "review pairs"
            counts = {"pairs": len(pairs)}
            record_event("show_values", subject, reason=reason_to_show, counts=counts, connection=connection)
    edges = {pair: edge for pair, edge in edges.items() if pair not in blind}
    models = {edge["model_id"]: None for edge in edges.values()}
    called = {model_id: model_called(model_id) for model_id in models if model_id}
    return [
        _told(
            pair,
            edges.get(pair),
            (records[pair[0]], records[pair[1]]),
            called,
            history,
            is_blind=pair in blind,
            show_values=reason_to_show is not None,
        )
        for pair in pairs
    ]


def _told(
    pair: tuple[int, int], edge: Row | None, records: tuple[Row, Row], models: Mapping[str, Model | None], history: Sequence[Row], *,
    is_blind: bool, show_values: bool,
) -> dict[str, Any]:  # fmt: skip
    """One pair. A blind one comes without its edge, like one that was never scored: that it has none would tell something too."""
    source = ("record_id", "regency_code", "kind", "period", "file", "sheet", "row")
    return {
        "pair": pair_name(*pair),
        "is_masked": not show_values,
        "withheld": WITHHELD if is_blind else None,
        "withheld_says": in_both("withheld", WITHHELD) if is_blind else None,
        **_verdict(edge),
        "records": [
            {**{name: record[name] for name in source}, "person_id": None if is_blind else record["person_id"]}
            for record in records
        ],
        "fields": _fields(edge, records, models, show_values=show_values),
        "judgements": [line for line in history if (line["record_a"], line["record_b"]) == pair],
    }


def _verdict(edge: Row | None) -> dict[str, Any]:
    """What policy says of the pair, and its cluster; nothing when it was never scored."""
    names = ("verdict", "clause", "held_by", "tier", "weight", "model_id")
    told: dict[str, Any] = {name: edge[name] if edge else None for name in names}
    for name in ("clause", "held_by"):
        told[f"{name}_says"] = told[name] and in_both("clause", told[name])
    return told


def _fields(
    edge: Row | None, records: tuple[Row, Row], models: Mapping[str, Model | None], *, show_values: bool
) -> list[dict[str, Any]]:
    """Each comparison with both values, its level, its bits, and whether the two differ in it (None: absent on a side)."""
    bits = _bits(edge, records, models)
    lines = []
    for comparison, (column, golden) in COMPARED.items():
        a, b = (record[column] for record in records)
        level = edge["evidence"].get(comparison, "absent") if edge else None
        is_absent = a is None or b is None if level is None else level == "absent"
        is_same = a == b if level is None else level in SAME
        lines.append({
            "comparison": comparison, "says": in_both("comparison", comparison),
            "a": shown(golden, a, show_values), "b": shown(golden, b, show_values), "level": level,
            "level_says": level and in_both("level", level), "differs": None if is_absent else not is_same,
            "bits": bits.get(comparison),
        })  # fmt: skip
    return lines


def _bits(edge: Row | None, records: tuple[Row, Row], models: Mapping[str, Model | None]) -> dict[str, float]:
    """The bits of each comparison by the model that scored the pair; none when it was not scored or that model is not at hand."""
    model = models.get(edge["model_id"]) if edge else None
    if edge is None or model is None:
        return {}
    names = records[0]["written_name"], records[1]["written_name"]
    return {bar.comparison: round(bar.total, 4) for bar in waterfall(model, edge["evidence"], names)}
