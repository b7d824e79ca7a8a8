"""The migrations of the warehouse (Alembic). HEAD names the newest, so that a start can compare it without importing Alembic."""

HEAD = "0017"
