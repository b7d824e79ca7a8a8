"""The facts a programme's rules may name: what each one means, its type, the words it can hold.

Belongs here: the vocabulary. Does not belong here: how a fact is read from the warehouse (tasks/aid/steps/facts.py) or what a programme
makes of it (the YAML files beside this one). A fact is always about one person as of the round's reference date, and is null when
nobody has said: what null means is each condition's own business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.registers import register_label, registers

FactType = Literal["text", "integer", "boolean", "bigint"]


@dataclass(frozen=True)
class Fact:
    """One fact. `words` = every value a text fact can hold (empty = free); `is_masked` = shown only with a reason (P12)."""

    name: str
    type: FactType
    label: str
    words: tuple[str, ...] = ()
    is_masked: bool = False


OCCUPATIONS = (
    "asn", "tni", "polri", "bumn", "bumd", "official", "private", "self_employed", "farmer", "fisher", "housewife", "student",
    "retired", "other",
)  # fmt: skip

ACTIVITIES = ("active", "inactive", "closed", "deceased", "moved", "not_found")

FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("nik", "text", "NIK", is_masked=True),
        Fact("full_name", "text", "Nama", is_masked=True),
        Fact("has_nik", "boolean", "NIK sah"),
        Fact("age_years", "integer", "Umur pada tanggal acuan"),
        Fact("sex", "text", "Jenis kelamin", ("male", "female")),
        Fact("occupation", "text", "Pekerjaan", OCCUPATIONS),
        Fact("has_bank_credit", "boolean", "Kredit bank atau KUR"),
        Fact("ktp_regency_code", "text", "Kabupaten/kota KTP"),
        Fact("aid_hold", "text", "Tanda tahan"),
        Fact("is_held", "boolean", "Ditahan dari bantuan"),
        Fact("is_in_review", "boolean", "Identitas sedang ditinjau"),
        Fact("is_nik_shared", "boolean", "NIK juga tercatat atas nama orang lain"),
        Fact("is_deceased", "boolean", "Meninggal"),
        Fact("is_blacklisted", "boolean", "Daftar hitam"),
        Fact("is_aided_here", "boolean", "Sudah ditetapkan dalam putaran ini"),
        Fact("is_aided_elsewhere", "boolean", "Sudah ditetapkan dalam program lain yang mengecualikan"),
        Fact("business_count", "integer", "Jumlah usaha"),
        Fact("business_name", "text", "Nama usaha"),
        Fact("business_regency_code", "text", "Kabupaten/kota usaha"),
        Fact("sector", "text", "Sektor usaha"),
        Fact("has_sku", "boolean", "Surat keterangan usaha"),
        Fact("is_fostered", "boolean", "Binaan"),
        Fact("size_class", "text", "Skala usaha terbesar", ("micro", "small", "medium", "large")),
        Fact("has_active_business", "boolean", "Usaha aktif"),
        Fact("activity_status", "text", "Status usaha terverifikasi terakhir", ACTIVITIES),
        Fact("days_since_verified", "integer", "Hari sejak status usaha diverifikasi"),
        # what registers answered about the NIK; null = no answer, and `is_asked` tells whether one is awaited
        *(
            Fact(f"register_{name}", "text", f"Jawaban {register_label(name)}", told)
            for name, told in registers().items()
        ),
        *(Fact(f"is_asked_{name}", "boolean", f"Ditanyakan ke {register_label(name)}") for name in registers()),
    )
}

#: no programme may be silent about these: who is held, doubted, barred or aided already, or has no NIK of one's own, must never slip
#: through by omission
REQUIRED_FACTS = frozenset(
    {"is_held", "is_in_review", "is_nik_shared", "is_blacklisted", "is_aided_here", "is_aided_elsewhere"}
)

#: frozen with every decision whatever the rules name, since a published line carries them
LINE_FACTS = ("nik", "full_name")
