"""A rule of a programme: one boolean SQL expression over named facts, parsed and checked before anything runs it.

Belongs here: which expressions are allowed. Does not belong here: running them (tasks/aid). Functions that swallow null (COALESCE, IS
NULL, CASE) are refused on purpose: what unknown does is said by the condition, never by the expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from schemas.programmes.facts import FACTS, Fact


@dataclass(frozen=True)
class Rule:
    """A checked expression: PostgreSQL text over columns named like the facts, and the facts it names."""

    sql: str
    facts: tuple[str, ...]


@lru_cache(maxsize=512)
def parse_rule(text: str) -> Rule:
    """Check one expression. Raises ValueError naming what is not allowed: syntax, unknown fact, unknown word, wrong type."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(text, dialect="postgres")
    except sqlglot.ParseError as error:
        raise ValueError(f"rule cannot be read: {text!r}") from error
    allowed = (
        exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Column,
        exp.Identifier, exp.Literal, exp.Boolean, exp.Neg,
    )  # fmt: skip
    for node in tree.walk():
        if not isinstance(node, allowed):
            raise ValueError(f"rule {text!r}: {node.key.upper()} is not allowed")
    for column in tree.find_all(exp.Column):
        if column.table or column.name not in FACTS:
            raise ValueError(f"rule {text!r}: unknown fact {column.sql()!r}")
    for comparison in tree.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between):
        _check_comparison(text, comparison)
    _check_truth(text, tree)
    named = tuple(sorted({column.name for column in tree.find_all(exp.Column)}))
    return Rule(tree.sql(dialect="postgres"), named)


def _check_comparison(text: str, comparison: object) -> None:
    """Facts are compared with facts and literals of their own type, and with words they can hold."""
    from sqlglot import exp

    assert isinstance(comparison, exp.Expression)  # noqa: S101 - narrows for the type checker
    facts = [FACTS[column.name] for column in comparison.find_all(exp.Column)]
    literals = list(comparison.find_all(exp.Literal))
    if not facts or comparison.find(exp.And, exp.Or, exp.Not):
        raise ValueError(f"rule {text!r}: a comparison needs a fact and plain values")
    kinds = {_family(fact) for fact in facts} | {"text" if literal.is_string else "number" for literal in literals}
    kinds |= {"boolean" for _ in comparison.find_all(exp.Boolean)}
    if len(kinds) > 1:
        raise ValueError(f"rule {text!r}: compares {' with '.join(sorted(kinds))}")
    for fact in facts:
        strange = [literal.name for literal in literals if fact.words and literal.name not in fact.words]
        if strange:
            raise ValueError(f"rule {text!r}: {fact.name} is never {strange[0]!r}")


def _check_truth(text: str, tree: object) -> None:
    """Every leaf of AND, OR, NOT is a comparison or a boolean fact."""
    from sqlglot import exp

    assert isinstance(tree, exp.Expression)  # noqa: S101 - narrows for the type checker
    if isinstance(tree, exp.And | exp.Or):
        _check_truth(text, tree.left)
        _check_truth(text, tree.right)
    elif isinstance(tree, exp.Not | exp.Paren):
        _check_truth(text, tree.this)
    elif isinstance(tree, exp.Column):
        if FACTS[tree.name].type != "boolean":
            raise ValueError(f"rule {text!r}: {tree.name} is not yes or no")
    elif not isinstance(tree, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE | exp.In | exp.Between):
        raise ValueError(f"rule {text!r}: is not a condition")


def _family(fact: Fact) -> str:
    return "number" if fact.type in ("integer", "bigint") else fact.type
