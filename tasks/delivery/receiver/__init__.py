"""The reference receiving system: a small program that keeps the contract of docs/receiver-api.md, for partners to test against.

    judge    what it answers to an envelope and to each line; pure
    ledger   what it keeps, in one SQLite file, on disk before it acknowledges
    app      the HTTP interface, from which the OpenAPI document is generated
    serve    one process on loopback

It shares the contract's shapes with the sender and nothing else: it never touches the warehouse.
"""
