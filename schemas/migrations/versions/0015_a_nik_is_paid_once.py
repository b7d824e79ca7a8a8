"""beside every claim the NIK that was sent; what is published claims its NIKs too, and drafts are decided anew"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CLAIM = ("conflict_group", "unit_kind", "unit_id", "window", "slot")

#: of a NIK that was sent twice the first award claims it; a verification names the other
BACK_FILL = """
INSERT INTO aid.claim_nik (conflict_group, nik, "window", slot, unit_kind, unit_id)
SELECT c.conflict_group, d.facts -> 'nik' ->> 0, c."window", c.slot, c.unit_kind, c.unit_id
  FROM aid.claim c JOIN aid.decision d ON d.list_id = c.list_id AND d.unit_kind = c.unit_kind AND d.unit_id = c.person_id
 WHERE d.decision = 'in' AND d.facts -> 'nik' ->> 0 IS NOT NULL
 ORDER BY c.claimed_at, c.run_id, c.unit_id
    ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    op.create_table(
        "claim_nik",
        sa.Column("conflict_group", sa.Text(), nullable=False),
        sa.Column("nik", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("unit_kind", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(CLAIM, [f"aid.claim.{name}" for name in CLAIM], name=op.f("fk_claim_nik_claim")),
        sa.PrimaryKeyConstraint("conflict_group", "nik", "window", "slot", name=op.f("pk_claim_nik")),
        schema="aid",
    )
    op.execute(
        "CREATE TRIGGER claim_nik_is_a_fact BEFORE UPDATE OR DELETE ON aid.claim_nik"
        " FOR EACH ROW EXECUTE FUNCTION aid.refuse_change()"
    )
    op.execute(BACK_FILL)
    op.create_index("ix_person_nik", "person", ["nik"], schema="gold", postgresql_where=sa.text("to_run IS NULL"))
    op.execute("UPDATE aid.list SET rules_mark = '' WHERE state = 'draft'")
