"""merge: edges, policy and judgements -> clusters -> ids -> memberships -> golden rows, for touched components only.

One transaction, the work list consumed in it: a kill leaves yesterday or today, never half. Belongs here: the order and the reading
of records. Does not belong here: decisions (the pure modules of this room), the set-based writes (steps/writing.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from tasks import store
from tasks.identity.steps import writing
from tasks.identity.steps.clustering import cluster_people
from tasks.identity.steps.link import UNLINKED
from tasks.identity.steps.neighbours import Around, look_around
from tasks.step import step

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pandas as pd

#: one hop from the newest touched records: the rest of their persons, and the other ends of merge edges and `same` judgements
HOP = """
    INSERT INTO touched
    SELECT record_id, :hop FROM (
        SELECT m2.record_id FROM touched t JOIN identity.membership m1 USING (record_id)
          JOIN identity.membership m2 ON m2.unit_id = m1.unit_id AND m2.unit_kind = 'person' AND m2.to_run IS NULL
         WHERE t.hop = :hop - 1 AND m1.unit_kind = 'person' AND m1.to_run IS NULL
        UNION SELECT e.record_b FROM touched t JOIN identity.edge e ON e.record_a = t.record_id
         WHERE t.hop = :hop - 1 AND e.verdict = 'merge'
        UNION SELECT e.record_a FROM touched t JOIN identity.edge e ON e.record_b = t.record_id
         WHERE t.hop = :hop - 1 AND e.verdict = 'merge'
        UNION SELECT j.record_b FROM touched t JOIN identity.judgement j ON j.record_a = t.record_id
         WHERE t.hop = :hop - 1 AND j.verdict = 'same' AND j.undone_at IS NULL
        UNION SELECT j.record_a FROM touched t JOIN identity.judgement j ON j.record_b = t.record_id
         WHERE t.hop = :hop - 1 AND j.verdict = 'same' AND j.undone_at IS NULL
    ) found WHERE NOT EXISTS (SELECT FROM touched t WHERE t.record_id = found.record_id)"""

#: the records of a table `{among}`
RECORDS = """
    SELECT v.*, l.regency_code AS sender_code, l.kind, s.period, f.record_id IS NOT NULL AS is_person, f.is_nik_doubted,
           f.nik AS intact_nik, f.kk_number AS intact_kk, f.nib AS intact_nib, f.business_name AS business_key,
           f.address AS address_key
      FROM {among} t JOIN source.record_version v USING (record_id) JOIN source.logical_record l USING (record_id)
      JOIN intake.series s USING (series_id) LEFT JOIN identity.features f USING (record_id)
     WHERE v.to_run IS NULL ORDER BY record_id"""

#: groups and cooperatives are few and their keys cross persons: when one of their records is touched, the keys of all of them are read;
#: `named`: the touched records that name one
GROUP_KEYS = """
    SELECT v.record_id, v.group_name, v.cooperative_name, v.cooperative_nik, v.nib, v.district_code, v.village_code,
           l.regency_code, l.kind
      FROM (SELECT record_id FROM identity.membership WHERE unit_kind IN ('group', 'cooperative') AND to_run IS NULL
            UNION SELECT record_id FROM {named}) r
      JOIN source.record_version v USING (record_id) JOIN source.logical_record l USING (record_id)
     WHERE v.to_run IS NULL AND (v.group_name IS NOT NULL OR l.kind = 'cooperative') ORDER BY record_id"""

#: who is of a kind of unit at all
MEMBERS = "SELECT record_id FROM identity.membership WHERE unit_kind = :kind AND to_run IS NULL"

GROUP_RECORDS = """
    SELECT v.*, l.regency_code AS sender_code, l.kind, s.period, p.unit_id AS person_id
      FROM {members} r
      JOIN source.record_version v USING (record_id) JOIN source.logical_record l USING (record_id)
      JOIN intake.series s USING (series_id)
      LEFT JOIN identity.membership p ON p.record_id = r.record_id AND p.unit_kind = 'person' AND p.to_run IS NULL
     WHERE v.to_run IS NULL ORDER BY record_id"""

#: every record with a family card that a record of `{among}` names or named, and its person until now
HOUSEHOLD_RECORDS = """
    SELECT f.record_id, f.kk_number, f.regency_code, s.period, p.unit_id AS person_id FROM identity.features f
      JOIN source.logical_record l USING (record_id) JOIN intake.series s USING (series_id)
      LEFT JOIN identity.membership p ON p.record_id = f.record_id AND p.unit_kind = 'person' AND p.to_run IS NULL
     WHERE f.kk_number IN (
        SELECT o.kk_number FROM {among} JOIN identity.features o USING (record_id)
        UNION SELECT h.kk_number FROM {among} JOIN identity.membership m USING (record_id)
          JOIN gold.household h ON h.household_id = m.unit_id AND h.to_run IS NULL
         WHERE m.unit_kind = 'household' AND m.to_run IS NULL)
     ORDER BY record_id"""

#: what was loaded since link has no edges yet: it stays on the work list for the next link and merge
CONSUMED = f"""
    CREATE TEMP TABLE consumed ON COMMIT DROP AS
    SELECT c.change_no, c.record_id FROM source.change c
     WHERE NOT EXISTS (SELECT FROM ({UNLINKED}) u WHERE u.record_id = c.record_id)"""


class Households(NamedTuple):
    """What writing households came to: family card -> household id, the records that went from one to another, the rows written."""

    family_card: pd.Series
    moved: pd.Series
    written: int


class Cards(NamedTuple):
    """The records of the family cards that are touched, and what stands of their households."""

    members: pd.DataFrame
    stands: writing.Stands


class Groups(NamedTuple):
    """`keys`: what groups and cooperatives are known by, of all their records; the touched records; `stands` by kind of unit."""

    keys: pd.DataFrame
    touched: pd.Series
    stands: dict[str, writing.Stands]


@step()
def merge(run_id: int) -> dict[str, int]:
    """Recompute what source.change touched and write the rows that differ; returns counts. Consumes the work that was linked."""
    with store.transaction() as connection:
        return merge_changes(connection, run_id, beside=True)


def merge_changes(
    connection: sa.Connection, run_id: int, stood: str = writing.MEMBERSHIPS, *, beside: bool = False
) -> dict[str, int]:
    """The body of merge, in the caller's transaction.

    `stood`: where the memberships lie by which ids are carried on. `beside`: what stands may be read on another connection, since the
    caller's transaction has written nothing yet.
    """
    connection.execute(sa.text(writing.LOOK_UP))
    connection.execute(sa.text(CONSUMED))
    if not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM consumed)")):
        return {"records": 0, "persons": 0, "businesses": 0, "written": 0}
    _touch(connection)
    units = ("identity.membership", "identity.id_register")
    beside = beside and not any(writing.is_empty(connection, table) for table in units)
    with writing.filled_before_indexed(connection, *units):
        counts = _write_units(connection, run_id, stood, beside)
    connection.execute(sa.text("DELETE FROM source.change c USING consumed u WHERE c.change_no = u.change_no"))
    return counts


def _touch(connection: sa.Connection) -> None:
    """The temporary table `touched`: all records whose component may change."""
    connection.execute(
        sa.text("CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT DISTINCT record_id, 0 AS hop FROM consumed")
    )
    connection.execute(sa.text("CREATE UNIQUE INDEX ON touched (record_id)"))
    hop = 1
    while True:
        connection.execute(sa.text("ANALYZE touched"))
        if not connection.execute(sa.text(HOP), {"hop": hop}).rowcount:
            return
        hop += 1


def _write_units(connection: sa.Connection, run_id: int, stood: str, beside: bool) -> dict[str, int]:
    """Persons, businesses, households, groups and cooperatives of the touched records.

    One side of the server reads what stands while another writes and the next rows are computed here, about a third of the time each.
    What is read there is asked for before it is written: each kind of units, each golden table.
    """
    from tasks.identity.golden import golden_businesses, golden_persons, parts_of_businesses, without_doubted_niks

    touched = store.query("SELECT record_id FROM touched", connection)["record_id"]
    with writing.one_after_the_other(connection) as server, writing.reading(server, beside=beside) as ask:
        of_persons, of_businesses = (ask(writing.read_units, kind, touched, stood) for kind in ("person", "business"))
        cards = ask(_read_cards, touched, stood)
        records = server(_touched_records).result()
        groups = ask(_read_groups, records, touched, stood)
        people = records[records["is_person"]].reset_index(drop=True)
        labels = server(cluster_people, people).result()
        persons = server(writing.write_units, run_id, "person", labels, of_persons)
        owned = people[people["kind"].isin(["umkm", "recensus"])].reset_index(drop=True)
        owners = _partition(owned, labels)
        businesses = server(writing.write_units, run_id, "business", owners, of_businesses, role="owner")
        households = server(_write_households, run_id, cards, persons, beside)
        around = server(_look_around, households)

        def write(rows: writing.Golden, before: pd.Index) -> Future[int]:
            return server(
                writing.write_golden, run_id, rows, ask(writing.read_golden, rows, before), keep_indexes=beside
            )

        people["unit_id"] = people["record_id"].map(persons.result().ids)
        rows = _say_of_others(golden_persons(without_doubted_niks(people)), households.result(), around.result())
        written = [write(writing.golden("person", rows), persons.result().units_before)]
        person_count = len(rows)

        owned = owned[owned["record_id"].isin(businesses.result().ids.index)].reset_index(drop=True)
        owned["unit_id"] = owned["record_id"].map(businesses.result().ids)
        owner = owned.assign(owner=owned["record_id"].map(persons.result().ids)).drop_duplicates("unit_id")
        rows = golden_businesses(owned, owner.set_index("unit_id")["owner"])
        before = businesses.result().units_before.union(rows.index)
        written.append(write(writing.golden("business", rows), before))
        for table, parts in parts_of_businesses(owned).items():
            written.append(write(writing.golden_parts(table, parts, rows["regency_code"]), before))
        written.append(server(_write_groups, run_id, groups))
        total = sum(each.result() for each in written)
    total += persons.result().written + businesses.result().written + households.result().written
    return {"records": len(records), "persons": person_count, "businesses": len(rows), "written": total}


def _touched_records(connection: sa.Connection) -> pd.DataFrame:
    return store.query(RECORDS.format(among="touched"), connection)


def _partition(owned: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """record id -> label of its business, for records of owners."""
    from tasks.identity.businesses import COLUMNS, is_vague, partition_with_vague

    key = owned.assign(
        owner=owned["record_id"].map(labels), business_name=owned["business_key"], nib=owned["intact_nib"],
        regency_code=owned["sender_code"],
    )  # fmt: skip
    return partition_with_vague(key.assign(is_vague=is_vague(key))[[*COLUMNS, "owner", "is_vague"]])


def _look_around(connection: sa.Connection, households: Households) -> Around:
    """The open questions, and the persons nobody touched whose row is another all the same; `households` are written by now."""
    return look_around(connection, households.moved, RECORDS)


def _say_of_others(rows: pd.DataFrame, households: Households, around: Around) -> pd.DataFrame:
    """The rows of the touched persons and of their neighbours whose row changed, with what they say of others."""
    import pandas as pd

    from tasks.identity.golden import golden_persons, without_doubted_niks

    family_card, changed = households.family_card, around.changed
    if len(changed):
        rows = pd.concat([rows, golden_persons(without_doubted_niks(changed))])
        theirs = changed.dropna(subset="intact_kk").drop_duplicates("intact_kk").set_index("intact_kk")["household_id"]
        family_card = family_card.combine_first(theirs)
    return rows.assign(household_id=rows["kk_number"].map(family_card), is_in_review=rows.index.isin(around.in_review))


def _read_cards(connection: sa.Connection, touched: pd.Series, stood: str) -> Cards:
    """Every family card that is touched, as it stands."""
    import pandas as pd

    with store.staged(connection, "card", "source.logical_record", touched.to_frame()) as staged:
        members = store.query(HOUSEHOLD_RECORDS.format(among=staged), connection)
    concerned = pd.concat([touched, members["record_id"]]).drop_duplicates()
    return Cards(members, writing.read_units(connection, "household", concerned, stood))


def _write_households(
    connection: sa.Connection, run_id: int, cards: Cards, persons: writing.Units, beside: bool
) -> Households:
    """Households of every family card that is touched."""
    from tasks.identity.golden import golden_households

    members, stands = cards
    person = members["record_id"].map(persons.ids)
    stood = members["person_id"].mask(members["record_id"].isin(persons.before.index))
    members = members.assign(person_id=person.where(person.notna(), stood))
    first = members.groupby("kk_number")["record_id"].transform("min")
    labels = first.set_axis(members["record_id"].to_numpy(dtype="int64")).astype("int64")
    units = writing.write_units(connection, run_id, "household", labels, stands)
    members["unit_id"] = members["record_id"].map(units.ids)
    rows = writing.golden("household", golden_households(members))
    written = units.written + _write_here(connection, run_id, rows, units.units_before, keep_indexes=beside)
    before = members["record_id"].map(units.before)
    moved = members.loc[before.notna() & (before != members["unit_id"]), "record_id"]
    return Households(members.drop_duplicates("kk_number").set_index("kk_number")["unit_id"], moved, written)


def _write_here(
    connection: sa.Connection, run_id: int, rows: writing.Golden, before: pd.Index, *, keep_indexes: bool = False
) -> int:
    """Golden rows read and written on one connection."""
    stands = writing.read_golden(connection, rows, before)
    return writing.write_golden(connection, run_id, rows, stands, keep_indexes=keep_indexes)


def _read_groups(connection: sa.Connection, records: pd.DataFrame, touched: pd.Series, stood: str) -> Groups | None:
    """All that is known of groups and cooperatives as they stand; None when no touched record is, or was, of any. `records`: the touched
    ones as they are now."""
    import pandas as pd

    named = records.loc[records["group_name"].notna() | (records["kind"] == "cooperative"), ["record_id"]]
    members = {kind: store.query(MEMBERS, connection, kind=kind)["record_id"] for kind in ("group", "cooperative")}
    if not len(named) and not pd.concat(members.values()).isin(touched).any():
        return None
    with store.staged(connection, "named", "source.logical_record", named) as staged:
        keys = store.query(GROUP_KEYS.format(named=staged), connection)
    stands = {
        kind: writing.read_units(
            connection, kind, pd.concat([touched, every, keys["record_id"]]).drop_duplicates(), stood
        )
        for kind, every in members.items()
    }
    return Groups(keys, touched, stands)


def _write_groups(connection: sa.Connection, run_id: int, groups: Groups | None) -> int:
    """Groups and cooperatives that touched records are or were of, or that others left or joined; rows written."""
    from tasks.identity.features import over_distinct_text
    from tasks.identity.golden import golden_cooperatives, golden_groups
    from tasks.identity.groups import partition_cooperatives, partition_groups
    from tasks.identity.places import compare_business_name

    if groups is None:
        return 0
    keys, touched, stands = groups
    total = 0
    for kind, name, partition, golden, role in (
        ("group", "group_name", partition_groups, golden_groups, "member"),
        ("cooperative", "cooperative_name", partition_cooperatives, golden_cooperatives, "chair"),
    ):
        chosen = keys[keys[name].notna() if kind == "group" else keys["kind"] == kind].reset_index(drop=True)
        chosen[name] = over_distinct_text(chosen[name], compare_business_name)
        labels = partition(chosen)
        units = writing.write_units(connection, run_id, kind, labels, stands[kind], role=role)
        news = units.news(touched)
        records = _group_records(connection, kind, units.ids[units.ids.isin(news)].index)
        rows = writing.golden(kind, golden(records.assign(unit_id=records["record_id"].map(units.ids))))
        total += units.written + _write_here(connection, run_id, rows, news)
    return total


def _group_records(connection: sa.Connection, kind: str, members: pd.Index) -> pd.DataFrame:
    """The current records of these members of groups or cooperatives."""
    import pandas as pd

    with store.staged(
        connection, f"member_{kind}", "source.logical_record", pd.DataFrame({"record_id": members})
    ) as staged:
        return store.query(GROUP_RECORDS.format(members=staged), connection)
