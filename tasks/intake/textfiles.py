"""Text files (.csv, .tsv, .txt) -> one sheet: encoding, delimiter, quotes, ragged rows; `row` is the line a record starts on.

Belongs here: reading delimited text without losing a row. Does not belong here: workbooks, meaning of columns.
Every byte decides about the encoding, not a prefix: the first non-ASCII byte may stand after 300 KB.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import NUMBER, TEXT, Limits, Sheet, batch_of, clean_text, join_batches

DELIMITERS = ",;\t|"
ROWS_AT_ONCE = 50_000
SNIFF_LINES = 200
#: a quoted cell may span this many lines; a longer one is a forgotten quote, and its first line stands alone
LONGEST_QUOTED_LINES = 100
LONGEST_LINE = 1_000_000
#: a column with so many different numbers of 16 digits, of which so large a share ends in 0, was one of numbers in a spreadsheet, which
#: keeps 15 digits. Of numbers typed as text one in ten ends in 0: that 15 of 20 do happens once in a hundred billion columns.
ROUNDED_NUMBERS_MIN = 20
ROUNDED_SHARE_MIN = 0.75
_SEPARATOR_LINE = re.compile(r"^sep=([,;\t|])\s*$", re.IGNORECASE)


def read_text(data: bytes, name: str, limits: Limits) -> list[Sheet]:
    """The one sheet of a delimited text file. Raises Unreadable (TOO_MANY_ROWS, TOO_MANY_COLUMNS, TOO_LARGE)."""
    text = one_line_end(decode(data))
    if text.count("\n") > limits.max_rows:
        raise Unreadable("TOO_MANY_ROWS", sheet=1, count=text.count("\n"), limit=limits.max_rows)
    encoded = text.encode("utf-8", errors="surrogatepass")
    if _longest_line(encoded) > LONGEST_LINE:
        raise Unreadable("TOO_LARGE", detail=f"ada baris yang lebih dari {LONGEST_LINE // 1_000_000} juta huruf")
    delimiter = find_delimiter(text)
    table = _read_regular(text, encoded, delimiter, limits)
    if table is None:
        csv.field_size_limit(LONGEST_LINE)
        table = join_batches(list(_batches(text, delimiter, limits)))
    return [Sheet(1, name, is_hidden=False, cells=_with_rounded_numbers(table))]


def _with_rounded_numbers(cells: pa.Table) -> pa.Table:
    """The cells, with kind NUMBER where a spreadsheet rounded a number of 16 digits before it saved the text.

    A number that starts with 0, holds a separator or ends in another digit was text in the spreadsheet too, and stays text.
    """
    for column in range((cells.num_columns - 1) // 2):
        text = cells.column(f"c{column}")
        has_length = pc.equal(pc.binary_length(text), 16)
        numbers = pc.unique(pc.filter(text, has_length))
        numbers = pc.filter(numbers, pc.match_substring_regex(numbers, "^[1-9][0-9]{15}$"))
        rounded = pc.filter(numbers, pc.ends_with(numbers, "0"))
        if len(numbers) >= ROUNDED_NUMBERS_MIN and len(rounded) >= ROUNDED_SHARE_MIN * len(numbers):
            place = cells.schema.get_field_index(f"k{column}")
            kind = pc.if_else(pc.is_in(text, rounded), pa.scalar(NUMBER, pa.uint8()), cells.column(place))
            cells = cells.set_column(place, f"k{column}", kind)
    return cells


def decode(data: bytes) -> str:
    """Text from bytes: byte order marks first, then UTF-16 by its zero bytes, UTF-8 when all of it is, else cp1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    zeros = data[:4096].count(0)
    if zeros > len(data[:4096]) // 4:
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def one_line_end(text: str) -> str:
    """All line ends as one line feed: carriage returns doubled by a transfer are still one line end."""
    return re.sub("\r+\n?", "\n", text) if "\r" in text else text


def find_delimiter(text: str) -> str:
    """The delimiter that splits most of the first lines into the same number of cells, at least two; comma when none does."""
    lines = [line for line in text[:400_000].split("\n", SNIFF_LINES)[:SNIFF_LINES] if line.strip()]
    stated = _SEPARATOR_LINE.match(lines[0]) if lines else None
    if stated:
        return stated.group(1)

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1]
        if not widths:
            return (0.0, 0)
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        return (widths.count(usual) / len(lines), usual)

    try:
        return max(DELIMITERS, key=agreement)
    except csv.Error:
        return max(DELIMITERS, key=lambda delimiter: sum(line.count(delimiter) for line in lines))


def _longest_line(encoded: bytes) -> int:
    """Bytes of the longest line."""
    ends = np.flatnonzero(np.frombuffer(encoded, dtype=np.uint8) == ord("\n"))
    return int(np.diff(ends, prepend=-1, append=len(encoded)).max())


def _read_regular(text: str, encoded: bytes, delimiter: str, limits: Limits) -> pa.Table | None:
    """The fast way, for files in which every line has the same number of cells and no quoted cell holds a line end.

    None when the file is not like that; the careful way then reads it. Both give the same table for a regular file.
    """
    if not _is_plain(encoded, delimiter):
        return None
    options = pacsv.ReadOptions(autogenerate_column_names=True, block_size=1 << 24, use_threads=True)
    parse = pacsv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, newlines_in_values=False)
    first = next(csv.reader([text.split("\n", 1)[0]], delimiter=delimiter), [])
    if len(first) < 2:
        return None
    if len(first) > limits.max_columns:
        raise Unreadable("TOO_MANY_COLUMNS", sheet=1, count=len(first), limit=limits.max_columns)
    types = {f"f{index}": pa.string() for index in range(len(first))}
    convert = pacsv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True)
    try:
        table = pacsv.read_csv(pa.py_buffer(encoded), options, parse, convert)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    if table.num_rows != encoded.count(b"\n") + (not encoded.endswith(b"\n")):
        return None
    kinds = pa.repeat(pa.scalar(TEXT, pa.uint8()), table.num_rows)
    texts = [clean_text(column) for column in table.columns]
    return join_batches([batch_of(range(1, table.num_rows + 1), texts, [kinds] * len(texts))])


def _is_plain(encoded: bytes, delimiter: str) -> bool:
    """Whether every line closes the quotes it opens and quotes stand only around whole cells (as far as a scan can tell)."""
    if b'"' not in encoded:
        return True
    marks = np.frombuffer(encoded, dtype=np.uint8)
    quotes = np.flatnonzero(marks == ord('"'))
    before_line_end = np.searchsorted(quotes, np.flatnonzero(marks == ord("\n")))
    if (before_line_end % 2).any() or len(quotes) % 2:
        return False
    openers = quotes[::2]
    before = marks[np.maximum(openers - 1, 0)]
    return bool(((openers == 0) | (before == ord(delimiter)) | (before == ord("\n")) | (before == ord('"'))).all())


def _batches(text: str, delimiter: str, limits: Limits) -> Iterator[pa.Table]:
    """The careful way: any file, record by record, no row lost."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    for numbers, records in _blocks(lines, delimiter):
        width = max(map(len, records), default=0)
        if width > limits.max_columns:
            raise Unreadable("TOO_MANY_COLUMNS", sheet=1, count=width, limit=limits.max_columns)
        parsed = [pa.array(column, pa.string()) for column in zip_longest(*records, fillvalue="")]
        kinds = [pa.repeat(pa.scalar(TEXT, pa.uint8()), len(records))] * len(parsed)
        yield batch_of(numbers, [clean_text(column) for column in parsed], kinds)


def _blocks(lines: Sequence[str], delimiter: str) -> Iterator[tuple[list[int], list[list[str]]]]:
    """Line numbers and cells of the records, some ten thousand at a time."""
    numbers: list[int] = []
    records: list[list[str]] = []
    position = 0
    while position < len(lines):
        end = _end_of_closed_lines(lines, position)
        if end > position:
            records += _parse_lines(lines[position:end], delimiter)
            numbers += range(position + 1, end + 1)
        else:
            end = _end_of_quoted(lines, position)
            record = list(csv.reader(io.StringIO("\n".join(lines[position:end]), newline=""), delimiter=delimiter))
            if len(record) != 1:  # the quote was no opening quote after all
                end = position + 1
                record = [lines[position].split(delimiter)]
            records += record
            numbers.append(position + 1)
        position = end
        if len(records) >= ROWS_AT_ONCE:
            yield numbers, records
            numbers, records = [], []
    if records:
        yield numbers, records


def _end_of_closed_lines(lines: Sequence[str], start: int) -> int:
    """The first line from `start` on that leaves a quote open; at most a block further."""
    stop = min(start + ROWS_AT_ONCE, len(lines))
    return next((index for index in range(start, stop) if lines[index].count('"') % 2), stop)


def _end_of_quoted(lines: Sequence[str], start: int) -> int:
    """The line after the one that closes the quote opened in `start`; `start + 1` when none does within reason."""
    for index in range(start + 1, min(start + LONGEST_QUOTED_LINES, len(lines))):
        if lines[index].count('"') % 2:
            return index + 1
    return start + 1


def _parse_lines(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """One record per line, whatever the quotes do."""
    try:
        records = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        records = []
    if len(records) == len(lines):
        return records
    return [_parse_line(line, delimiter) for line in lines]


def _parse_line(line: str, delimiter: str) -> list[str]:
    """The cells of one line read on its own; a line the rules of quoting do not fit is split as it stands."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)
