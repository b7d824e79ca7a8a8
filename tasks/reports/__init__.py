"""Reports and exports: what the warehouse knows, told to people (one HTML page) and to programs (files).

Belongs here: figures, pages, exports; read-only. Does not belong here: deciding anything. I/O is in `steps` (the page) and `questions`
(exports); the other modules are pure.
"""
