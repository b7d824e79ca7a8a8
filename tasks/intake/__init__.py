"""intake: from the bytes an office sent to rows with one outcome each. Pure modules; all I/O is in `steps` and `questions`."""
