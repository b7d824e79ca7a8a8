"""Which pairs are looked at at all: the blocking rules as data, each over an index of identity.features.

Belongs here: rules, caps, and the SQL text made from them. Does not belong here: running it (steps/link.py), scoring.
A block over its cap is dropped whole and its narrower rule looks at it instead; identity.blocking_report says so. Whether a block
is over its cap depends on its size alone, so when a change moves a block across its cap all its records become work again.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Records that agree on `keys` are a block. `narrower` are the keys used instead when the block is over its cap.

    `counted` is what the cap counts in a block: records, or distinct values of a column.
    """

    name: str
    keys: tuple[str, ...]
    cap: int
    narrower: tuple[str, ...] = ()
    counted: str = "*"

    @property
    def count(self) -> str:
        """SQL that counts what the cap is about."""
        return "count(*)" if self.counted == "*" else f"count(DISTINCT {self.counted})"


#: a phone of more people than this belongs to the field assistant who filled the list, and speaks for nobody
PHONE_OWNERS = 4
#: the narrower key is capped as well: a block of identical rows is a copied block, not a neighbourhood
NARROWER_CAP = 40

RULES: tuple[Rule, ...] = (
    Rule("nik", ("nik",), 40, ("nik", "name_sorted")),
    Rule("phone", ("phone",), PHONE_OWNERS, counted="name_sound"),
    Rule("nib", ("nib",), 20, ("nib", "name_sound")),
    Rule("kk_number", ("kk_number",), 20, ("kk_number", "name_sound")),
    Rule("name_birth", ("name_sorted", "born_on"), 40, ("name_sorted", "born_on", "village_code")),
    Rule("birth_given", ("born_on", "given_name"), 40, ("born_on", "given_name", "district_code")),
    Rule("nik_area_birth", ("nik_area", "nik_birth"), 30, ("nik_area", "nik_birth", "given_name")),
    Rule("sound_village", ("name_sound", "village_code"), 30, ("name_sound", "village_code", "born_on")),
    Rule("name_district", ("name_sorted", "district_code"), 30, ("name_sorted", "district_code", "address")),
)


def agree(keys: tuple[str, ...], left: str, right: str) -> str:
    """SQL: the two sides agree on the keys."""
    return " AND ".join(f"{left}.{key} = {right}.{key}" for key in keys)


def known(keys: tuple[str, ...], alias: str) -> str:
    """SQL: no key is absent."""
    return " AND ".join(f"{alias}.{key} IS NOT NULL" for key in keys)


def listed(keys: tuple[str, ...], alias: str) -> str:
    """SQL: the keys as a column list."""
    return ", ".join(f"{alias}.{key}" for key in keys)


def over_cap_sql(rule: Rule) -> str:
    """The blocks of a rule that are over its cap, among those that hold work: keys and `record_count`."""
    keys = rule.keys
    return f"""
        SELECT {listed(keys, "f")}, count(*) AS record_count FROM identity.features f
         WHERE {known(keys, "f")} AND ({listed(keys, "f")}) IN (
               SELECT {listed(keys, "w")} FROM identity.features w JOIN work USING (record_id) WHERE {known(keys, "w")})
         GROUP BY {listed(keys, "f")} HAVING {rule.count} > {rule.cap}"""


def over_cap_anywhere_sql(rule: Rule) -> str:
    """As over_cap_sql, over all blocks: cheaper when most of the warehouse is work."""
    keys = rule.keys
    return f"""
        SELECT {listed(keys, "f")}, count(*) AS record_count FROM identity.features f
         WHERE {known(keys, "f")} GROUP BY {listed(keys, "f")} HAVING {rule.count} > {rule.cap}"""


def pairs_sql(rule: Rule, capped: str) -> str:
    """Pairs of work with everything inside blocks under the cap; `capped` names the table of blocks over it."""
    return _pairs_sql(rule.keys, f"NOT EXISTS (SELECT FROM {capped} c WHERE {agree(rule.keys, 'c', 'w')})")


def narrower_pairs_sql(rule: Rule, capped: str) -> str:
    """Pairs by the narrower key inside the blocks that were over the cap."""
    keys = rule.narrower
    crowd = f"""(SELECT {listed(keys, "n")} FROM identity.features n JOIN {capped} c ON {agree(rule.keys, "c", "n")}
                  WHERE {known(keys, "n")} GROUP BY {listed(keys, "n")} HAVING count(*) > {NARROWER_CAP})"""
    return _pairs_sql(
        keys,
        f"""EXISTS (SELECT FROM {capped} c WHERE {agree(rule.keys, "c", "w")})
           AND ({listed(keys, "w")}) NOT IN {crowd}""",
    )


def _pairs_sql(keys: tuple[str, ...], condition: str) -> str:
    return f"""
        SELECT least(w.record_id, f.record_id) AS record_a, greatest(w.record_id, f.record_id) AS record_b
          FROM work JOIN identity.features w USING (record_id)
          JOIN identity.features f ON {agree(keys, "f", "w")} AND f.record_id <> w.record_id
          LEFT JOIN work o ON o.record_id = f.record_id
         WHERE (w.record_id < f.record_id OR o.record_id IS NULL) AND {known(keys, "w")} AND {condition}"""


def crossing_sql(rule: Rule) -> str:
    """Records of blocks that the fresh features move across the cap, in either direction (before the features are replaced).

    `fresh` holds the new features, `work` the records whose features are replaced or removed.
    """
    keys = rule.keys
    both = sorted({*keys, rule.counted} - {"*"})
    columns = ", ".join(both)
    return f"""
        WITH met AS (
            SELECT {listed(keys, "f")} FROM fresh f WHERE {known(keys, "f")}
            UNION SELECT {listed(keys, "f")} FROM identity.features f JOIN work USING (record_id) WHERE {known(keys, "f")}),
        old AS (SELECT f.record_id, {", ".join(f"f.{c}" for c in both)} FROM identity.features f
                  JOIN met m ON {agree(keys, "m", "f")}),
        new AS (SELECT record_id, {columns} FROM old WHERE record_id NOT IN (SELECT record_id FROM work)
                UNION ALL SELECT record_id, {columns} FROM fresh f WHERE {known(keys, "f")}),
        was AS (SELECT {", ".join(keys)}, {rule.count} > {rule.cap} AS over FROM old GROUP BY {", ".join(keys)}),
        now AS (SELECT {", ".join(keys)}, {rule.count} > {rule.cap} AS over FROM new GROUP BY {", ".join(keys)})
        SELECT DISTINCT o.record_id FROM old o JOIN was ON {agree(keys, "was", "o")} LEFT JOIN now ON {agree(keys, "now", "o")}
         WHERE was.over <> coalesce(now.over, false)"""
