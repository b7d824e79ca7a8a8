"""The steps of intake: everything that touches processes, files and the warehouse."""
