"""The room that hands published lists to receiving systems, exactly once in effect (P10), and takes their answers back.

    steps        the sender: states of the outbox, one transaction before a request leaves and one after its answer
    rest         the protocol: one request with a total deadline
    reconcile    what a reply means and which state follows; pure
    contract     the published contract's shapes; pure
    questions    what the command line asks the outbox
    receiver     the reference receiving system, a program of its own

Messages are made in the publishing transaction (schemas/messages), not here.
"""
