"""What things are: identifiers, fields, warehouse tables, settings, errors, messages, and the data files.

Belongs here: definitions and the strict loading of data files (layouts, programmes, receivers, exports, reference).
Does not belong here: any step of the pipeline, any I/O beyond reading those data files.
"""
