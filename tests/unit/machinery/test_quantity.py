from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minik8s.machinery import quantity


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"), ("000", "0"), ("0Mi", "0"), ("0.5", "500m"), ("1000m", "1"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"),
        ("1000k", "1M"), ("0.1Gi", "107374182400m"), ("1Ki", "1Ki"), ("1e3", "1e3"), ("1500e3", "1500e3"),
        ("1000e3", "1e6"), ("0.5n", "1n"), ("-500m", "-500m"), ("1025", "1025"), ("0.5Ki", "512"), ("12e-3", "12e-3"),
        ("100Ei", "9223372036854775807"), (".5", "500m"), ("5.00", "5"), ("9000E", "9000E"), ("1E", "1E"),
        ("1.1234567891", "1123456790n"), ("1e999999999", "1e999999999"),
        # What is canonical but for its spelling stays as it was written.
        ("+5", "+5"), ("05", "05"), ("1.500", "1.500"), ("+5000", "5k"),
    ],
)  # fmt: skip
def test_the_form_written_back(text: str, canonical: str) -> None:
    assert quantity.canonical(text) == canonical
    assert quantity.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must match"), ("x", "must match"), ("1.2.3", "must match"), ("1Mx", "must match"), ("1 ", "must match"),
        ("--1", "suffix"), ("1e", "suffix"), ("1mm", "suffix"), ("1+5", "suffix"), ("e-12", "numeric"),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(text: str, message: str) -> None:
    with pytest.raises(quantity.QuantityError, match=message):
        quantity.parse(text)


def test_units_round_away_from_zero_and_stay_in_64_bits() -> None:
    assert (quantity.value("1500m"), quantity.value("-1500m"), quantity.value("1Ki")) == (2, -2, 1024)
    assert quantity.milli_value("0.0001") == 1
    assert quantity.value("1e999999999") == 2**63 - 1


def test_sums_keep_the_notation_of_the_first_amount() -> None:
    assert quantity.add("1Gi", "1Mi") == "1025Mi"
    assert quantity.add("1Gi", "1M") == "1074741824"
    assert quantity.add("0", "1Ki") == "1Ki"
    assert quantity.sub("1", "250m") == "750m"
    assert quantity.sub("1Gi", "1Gi") == "0"
    assert (quantity.cmp("1", "1000m"), quantity.cmp("1", "2"), quantity.cmp("1Ki", "1k")) == (0, -1, 1)
    assert (quantity.from_value(1024, binary=True), quantity.from_milli(1500)) == ("1Ki", "1500m")
    assert [quantity.from_nano(n) for n in (0, 250_000_000, 1_234_567_890)] == ["0", "250m", "1234567890n"]


@given(
    st.decimals(min_value="-1e9", max_value="1e9", places=9),
    st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "e3", "e-3", "E"]),
)
def test_the_canonical_form_is_the_same_amount(number: Decimal, suffix: str) -> None:
    text = f"{number:f}{suffix}"
    assert quantity.parse(quantity.canonical(text)) == quantity.parse(text)
    assert quantity.canonical(quantity.canonical(text)) == quantity.canonical(text)


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP", max_size=12))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        assert quantity.cmp(quantity.canonical(text), text) == 0
        quantity.value(text)
        quantity.add(text, text)
    except quantity.QuantityError as error:
        assert str(error)
