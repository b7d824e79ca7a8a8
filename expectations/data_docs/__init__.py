"""The frame around Great Expectations' sections in Data Docs: one template, one style sheet."""
