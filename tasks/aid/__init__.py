"""Giving out aid: who is in, out or waiting and why; locking, approving, publishing, verifying.

    eligibility   pure: a programme's rules as one set-based, three-valued SQL statement
    canonical     pure: a list's canonical bytes, statements that officers sign, decisions digest
    signing       pure: Ed25519
    explanation   pure: a decision in words
    steps/        the steps and all I/O
    questions     read-only queries of the command line

Does not belong here: who is who (tasks/identity), sending (tasks/delivery), figures (tasks/reports).
"""
