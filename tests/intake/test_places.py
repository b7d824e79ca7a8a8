"""Names of places as offices write them, found inside the regency that sent the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import regions
from tasks.intake.places import find_district, find_regency, find_village

BANGKA = "19.01"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Bangka", ("19.01", None)), ("KAB. BANGKA", ("19.01", None)), ("Kabupaten Bangka", ("19.01", None)),
        ("Pangkalpinang", ("19.71", None)),
        ("Kota Pangkal Pinang", ("19.71", None)), ("Bangka Seltan", ("19.03", None)), ("Medan", ("12.71", None)),
        ("19.03", ("19.03", None)),
        ("1903", (None, "ambiguous")), ("1903 Bangka Selatan", ("19.03", None)), ("1903 Bangka Barat", ("19.05", None)),
        ("1903 - Medan", (None, "ambiguous")), ("Atlantis", (None, "not_found")), ("99.99", (None, "not_found")), ("-", (None, None)),
    ],
)  # fmt: skip
def test_regencies_are_found_from_the_one_that_sent_the_file(
    written: str, expected: tuple[str | None, str | None]
) -> None:
    assert find_regency(written, BANGKA) == expected


def test_a_name_of_a_kabupaten_and_a_kota_means_the_one_that_sent_it() -> None:
    kabupaten, kota = (
        code for code, place in regions.regencies().items() if place.name in ("Kabupaten Bogor", "Kota Bogor")
    )
    assert find_regency("Bogor", kota) == (kota, None)
    assert find_regency("Bogor", kabupaten) == (kabupaten, None)
    assert find_regency("Bogor", BANGKA) == (None, "ambiguous")
    assert find_regency("Kota Bogor", BANGKA) == (kota, None)


def twins() -> list[tuple[str, str, str]]:
    """Names that a kabupaten and a kota of one province share, with both codes."""
    codes = {place.name: code for code, place in regions.regencies().items()}
    bare = [name.removeprefix("Kabupaten ") for name in codes if name.startswith("Kabupaten ")]
    pairs = [(name, codes[f"Kabupaten {name}"], codes[f"Kota {name}"]) for name in bare if f"Kota {name}" in codes]
    return [pair for pair in pairs if pair[1][:2] == pair[2][:2]]


@pytest.mark.parametrize(("name", "kabupaten", "kota"), twins())
def test_a_written_level_goes_before_the_one_that_sent_it(name: str, kabupaten: str, kota: str) -> None:
    for submitting in (kabupaten, kota, BANGKA):
        for word in ("Kabupaten", "KAB.", "Kab", "Pemkab"):
            assert find_regency(f"{word} {name}", submitting) == (kabupaten, None)
        for word in ("Kota", "Kodya", "Kotamadya", "KOTA MADYA", "Pemkot"):
            assert find_regency(f"{word} {name}", submitting) == (kota, None)
    for submitting in (kabupaten, kota):
        assert find_regency(f"Kab/Kota {name}", submitting) == (submitting, None)


@pytest.mark.parametrize(
    ("written", "submitting", "code"),
    [
        ("Kab. Banjar", "32.79", "32.79"), ("Kab. Banjar", "32.01", "32.79"), ("Kota Banjar", "63.03", "63.03"),
        ("Kab. Banjar", "19.01", "63.03"), ("Kota Bandung", "51.71", "32.73"), ("Kab. Bima", "52.72", "52.06"),
        ("Kab. Bogr", "32.71", "32.01"),
        ("Kab. Pangkalpinang", "19.01", "19.71"), ("Kodya Medan", "19.01", "12.71"), ("Kab. Kota Baru", "63.02", "63.02"),
        ("Kab. Kep. Sula", "82.71", "82.05"), ("Kep. Sula", "82.71", "82.05"), ("Tidore Kep.", "82.71", "82.72"),
    ],
)  # fmt: skip
def test_levels_and_islands_are_known_by_their_short_words(written: str, submitting: str, code: str) -> None:
    assert find_regency(written, submitting) == (code, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Sungailiat", ("19.01.01", None)), ("SUNGAI LIAT", ("19.01.01", None)), ("Kec. Sungailiat", ("19.01.01", None)),
        ("Kecamatan Mendo Barat", ("19.01.04", None)), ("Mend0 Barat", ("19.01.04", None)), ("Mendobarat", ("19.01.04", None)),
        ("Puding Besr", ("19.01.08", None)), ("19.01.02", ("19.01.02", None)), ("190102", ("19.01.02", None)),
        ("190102 Belinyu", ("19.01.02", None)), ("190102 Bakam", (None, "ambiguous")), ("1901020", (None, "not_found")),
        ("Toboali", (None, "not_found")), ("Pangkalpinang", (None, "not_found")), ("tidak ada", (None, None)),
    ],
)  # fmt: skip
def test_districts_are_found_inside_their_regency(written: str, expected: tuple[str | None, str | None]) -> None:
    assert find_district(written, BANGKA) == expected


@pytest.mark.parametrize("written", ["Kep. Pongok", "Kec. Kep Pongok", "KEPULAUAN PONGOK"])
def test_a_district_of_islands_is_known_by_its_short_word(written: str) -> None:
    assert regions.districts()[find_district(written, "19.03")[0] or ""].name == "Kepulauan Pongok"


@pytest.mark.parametrize(
    ("written", "district", "expected"),
    [
        ("Kudai", "19.01.01", ("19.01.01.1003", None)), ("Kel. Kudai", "19.01.01", ("19.01.01.1003", None)),
        ("Kudai", None, ("19.01.01.1003", None)), ("Kudai", "19.01.02", ("19.01.01.1003", "other_district")),
        ("19.01.01.1003", "19.01.01", ("19.01.01.1003", None)), ("1901011003", None, ("19.01.01.1003", None)),
        ("Desa Petaling", "19.01.04", ("19.01.04.2001", None)), ("Atlantis", "19.01.01", (None, "not_found")), ("-", None, (None, None)),
    ],
)  # fmt: skip
def test_villages_are_found_in_their_district_first(
    written: str, district: str | None, expected: tuple[str | None, str | None]
) -> None:
    assert find_village(written, BANGKA, district) == expected


@given(
    st.sampled_from(sorted(regions.districts())),
    st.sampled_from(["{}", "Kec. {}", " {} "]),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_an_official_district_name_is_never_taken_for_another(code: str, form: str, case: object) -> None:
    name = regions.districts()[code].name
    found, problem = find_district(form.format(case(name)), code[:5])  # type: ignore[operator]
    assert found == code or (found is None and problem == "ambiguous")


@given(st.sampled_from(sorted(regions.villages())))
def test_an_official_village_name_is_never_taken_for_another(code: str) -> None:
    found, problem = find_village(regions.villages()[code].name, code[:5], code[:8])
    assert found == code or (found is None and problem == "ambiguous")


@given(st.sampled_from(sorted(regions.regencies())))
def test_a_full_official_regency_name_is_never_ambiguous(code: str) -> None:
    assert find_regency(regions.regency_name(code), BANGKA) == (code, None)
