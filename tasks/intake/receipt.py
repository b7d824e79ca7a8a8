"""The receipt: what was received, what became of every row, what must be corrected by when; for the office that sent it.

Belongs here: its facts as a dict and its text in Indonesian, both pure and without any value of a person. Does not belong here:
where it lies and who gets it (steps), the workbook (workbook).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from expectations.catalogue import SEVERITIES, entries
from expectations.messages import plain_sentence
from schemas.records import OUTCOMES
from tasks.intake.refusals import NOT_A_LIST
from tasks.intake.workbook import thousands

KINDS = {
    "umkm": "Daftar UMKM",
    "group": "Daftar kelompok",
    "cooperative": "Daftar koperasi",
    "recensus": "Sensus ulang usaha",
    "verification": "Jawaban instansi atas NIK",
}
OUTCOME_LABELS = {
    "accepted": "Diterima",
    "accepted_with_findings": "Diterima dengan catatan",
    "quarantined": "Dikembalikan untuk perbaikan",
    "duplicate": "Ganda di dalam kiriman ini",
    "waiting_with_file": "Menunggu bersama berkas",
    "not_data": "Bukan data (judul, jumlah, baris kosong)",
}
SEVERITY_LABELS = {
    "reject": "Dikembalikan",
    "hold": "Ditahan dari bantuan sampai diperbaiki",
    "warn": "Mohon diperiksa",
    "info": "Catatan",
}
#: why a sheet, or another part of the file, holds no data
UNREAD = {
    "hidden_sheet": "lembar tersembunyi",
    "instructions": "petunjuk atau referensi",
    "no_heading": "tanpa judul kolom yang dikenali",
    "names_nobody": "tidak memuat nama atau nomor pelaku usaha",
    "blank": "kosong",
    "macro": "makro atau program tertanam; tidak dijalankan",
}
STATES = {
    "answered": "Sudah diproses.",
    "no_change": "Sudah diproses; tidak ada yang berubah dari kiriman sebelumnya.",
    "same_bytes": "Isi berkas ini sama persis dengan berkas yang sudah diterima.",
    "waiting": "Menunggu keputusan sebelum dapat diproses.",
    "refused": "Tidak dapat dibaca.",
    "received": "Diterima, belum diproses.",
    "unpacked": "Arsip sudah dibuka; setiap daftar di dalamnya mendapat tanda terima sendiri.",
}


@dataclass(frozen=True)
class Member:
    """What a zip of lists held: a list with its `state` and own `receipt`, or anything else with its reason.

    `is_same`: the same content was received before, so nothing changes.
    """

    name: str
    state: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    is_same: bool = False
    submission_id: str | None = None
    receipt: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The facts of a receipt.

    counts    rows by outcome (every outcome of `schemas.records.OUTCOMES`; an absent one counts zero)
    findings  check code -> how many rows it was found in
    unmapped  headings that were kept as written and not understood; `ignored` those left out by name (running numbers)
    sensitive_count  columns of sensitive data that were dropped and not kept at all
    corrects  of a correction: the file and version of the list whose rows it brings
    unread    sheets and other parts of the file that hold no data: name and why (a word of UNREAD)
    members   of a zip of lists: everything that was in it
    """

    submission_id: str
    file: str
    regency_code: str
    regency_name: str
    received_at: datetime  # local to the office
    state: str
    kind: str | None = None
    period: str | None = None
    version: int | None = None
    counts: Mapping[str, int] | None = None
    held_count: int = 0
    findings: Mapping[str, int] | None = None
    unmapped: Sequence[str] = ()
    ignored: Sequence[str] = ()
    sensitive_count: int = 0
    unread: Sequence[tuple[str, str]] = ()
    deadline: date | None = None
    workbook: str | None = None
    reason: str | None = None
    corrects: tuple[str, int] | None = None
    members: Sequence[Member] = ()


def receipt_facts(receipt: Receipt) -> dict[str, Any]:
    """The receipt as a JSON document; `ledger.row_count` is the sum of its outcomes."""
    counts = {outcome: int((receipt.counts or {}).get(outcome, 0)) for outcome in OUTCOMES}
    return {
        "submission_id": receipt.submission_id,
        "file": receipt.file,
        "regency_code": receipt.regency_code,
        "regency_name": receipt.regency_name,
        "received_at": receipt.received_at.isoformat(timespec="seconds"),
        "state": receipt.state,
        "reason": receipt.reason,
        "kind": receipt.kind,
        "period": receipt.period,
        "version": receipt.version,
        "corrects": dict(zip(("file", "version"), receipt.corrects, strict=True)) if receipt.corrects else None,
        "ledger": {**counts, "row_count": sum(counts.values())},
        "aid_hold_count": receipt.held_count,
        "findings": [
            {"code": code, "field": entries()[code].field, "severity": entries()[code].severity, "count": count}
            for code, count in _by_gravity(receipt.findings or {})
        ],
        "columns": {
            "kept_as_written": list(receipt.unmapped),
            "ignored": list(receipt.ignored),
            "sensitive_dropped_count": receipt.sensitive_count,
        },
        "sheets_unread": [{"name": name, "why": why} for name, why in receipt.unread],
        "members": [asdict(member) for member in receipt.members],
        "deadline": receipt.deadline.isoformat() if receipt.deadline else None,
        "workbook": receipt.workbook,
    }


def build_receipt(receipt: Receipt) -> str:
    """The receipt as Indonesian text, one statement a line."""
    facts = receipt_facts(receipt)
    parts = [_head(receipt)]
    if receipt.counts is not None:
        parts.append(_ledger(facts))
    if facts["findings"]:
        parts.append(_found(facts["findings"]))
    parts.extend(
        part for part in (_members(receipt), _unread(receipt), _columns(receipt), _what_to_do(receipt)) if part
    )
    parts.append([f"Nomor tanda terima: {receipt.submission_id}"])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _by_gravity(findings: Mapping[str, int]) -> list[tuple[str, int]]:
    """Findings from the gravest, then the most frequent, then by code."""
    return sorted(findings.items(), key=lambda each: (SEVERITIES.index(entries()[each[0]].severity), -each[1], each[0]))


def _head(receipt: Receipt) -> list[str]:
    """What was received, when, from whom, and its state."""
    lines = [
        "TANDA TERIMA DATA",
        f"Berkas: {receipt.file}",
        f"Dari: {receipt.regency_name} ({receipt.regency_code})",
        f"Diterima: {receipt.received_at:%d/%m/%Y pukul %H.%M}",
    ]
    if receipt.kind is not None:
        lines.append(f"Jenis: {KINDS[receipt.kind]}")
        lines.append(f"Periode: {receipt.period or 'tidak disebut'}")
    if receipt.version is not None:
        lines.append(f"Versi: {receipt.version}")
    if receipt.corrects is not None:
        file, version = receipt.corrects
        lines.append(f"Perbaikan atas {file} versi {version}; baris lain dalam daftar itu tidak berubah.")
    lines.append(f"Keadaan: {STATES[receipt.state]}")
    if receipt.reason:
        lines.append(f"Sebab: {receipt.reason}")
    return lines


def _ledger(facts: Mapping[str, Any]) -> list[str]:
    """Every row of the file and what became of it; the lines add up to the sum."""
    ledger = facts["ledger"]
    numbers = {OUTCOME_LABELS[outcome]: ledger[outcome] for outcome in OUTCOMES} | {"Jumlah baris": ledger["row_count"]}
    lines = ["BARIS", *(_line(label, number) for label, number in numbers.items())]
    if facts["aid_hold_count"]:
        lines.append(
            f"Dari yang diterima, {thousands(facts['aid_hold_count'])} baris ditahan dari bantuan sampai diperbaiki."
        )
    return lines


def _found(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The findings by gravity with the number of rows each."""
    lines = ["TEMUAN (jumlah baris)"]
    for severity, label in SEVERITY_LABELS.items():
        told = [finding for finding in findings if finding["severity"] == severity]
        if told:
            lines.append(f"{label}:")
            lines.extend(
                f"  {_rows_told(finding):>9}  {finding['code']}: {plain_sentence(finding['code'])}" for finding in told
            )
    return lines


def _rows_told(finding: Mapping[str, Any]) -> str:
    """In how many rows; a finding of the whole file says so instead."""
    return "berkas" if entries()[finding["code"]].level == "file" else thousands(finding["count"])


def _members(receipt: Receipt) -> list[str]:
    """Everything that was in a zip: an office sees at a glance which of its lists came through."""
    told = [f"  {_heading(member.name)}: {_became(member)}" for member in receipt.members]
    return [f"ISI ARSIP ({thousands(len(told))} berkas)", *told] if told else []


def _became(member: Member) -> str:
    """What became of one member of a zip."""
    if member.state is None:
        return f"bukan daftar ({member.reason})" if member.reason_code == NOT_A_LIST else f"ditolak. {member.reason}"
    parts = [STATES[member.state], member.reason, f"Tanda terima: {member.receipt}" if member.receipt else None]
    same = "tidak ada perubahan dari yang sudah diterima." if member.is_same else None
    return " ".join(part for part in (same, *parts) if part)


def _unread(receipt: Receipt) -> list[str]:
    """The sheets that were not taken for data: an office that hid its list must learn of it."""
    told = [f"  {_heading(name)}: {UNREAD[why]}" for name, why in receipt.unread]
    return ["LEMBAR YANG TIDAK DIBACA", *told] if told else []


def _columns(receipt: Receipt) -> list[str]:
    """What became of the columns that were not understood: none disappears without a word."""
    lines = []
    if receipt.unmapped:
        lines.append(f"Disimpan apa adanya, belum dipakai: {', '.join(map(_heading, receipt.unmapped))}")
    if receipt.ignored:
        lines.append(f"Tidak dipakai: {', '.join(map(_heading, receipt.ignored))}")
    if receipt.sensitive_count:
        lines.append(f"Kolom data sensitif yang tidak disimpan: {thousands(receipt.sensitive_count)}")
    return ["KOLOM", *lines] if lines else []


def _what_to_do(receipt: Receipt) -> list[str]:
    """Which workbook to mend, and by when."""
    if receipt.workbook is None:
        return []
    until = f" paling lambat {receipt.deadline:%d/%m/%Y}" if receipt.deadline else ""
    return [
        "YANG PERLU DILAKUKAN",
        f"Buku kerja {receipt.workbook} menunjukkan baris yang perlu diperbaiki.",
        f"Perbaiki sel-selnya di buku kerja itu, lalu kirim kembali buku kerja itu{until}; hanya baris di dalamnya yang berubah.",
        "Mengirim ulang seluruh daftar yang sudah diperbaiki juga dapat.",
    ]


def _line(label: str, number: int) -> str:
    """A label and its number, aligned."""
    return f"  {label:<42}{thousands(number):>12}"


def _heading(text: str) -> str:
    """A heading on one line, in quotes; a nameless column says so."""
    return f'"{" ".join(text.split())}"' if text.strip() else "(tanpa judul)"
