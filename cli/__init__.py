"""The command `sinergi`. Questions read the warehouse through `tasks.*.questions`; work goes through `flows`.

Belongs here: arguments, help, printing, exit codes. Does not belong here: any work, any SQL. Heavy libraries are imported inside the
command that needs them.
"""
