"""Fields of JSON objects, read and refused as td's parser does."""

from typing import Any

import pytest

from telegram_sim.core.fields import FieldError, boolean_field, integer_field, list_field, object_field, text_field


@pytest.mark.parametrize("bits", [32, 64])
def test_a_number_fits_its_bits(bits: int) -> None:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    for number in (least, -1, 0, most):
        assert integer_field({"a": number}, "a", bits) == integer_field({"a": str(number)}, "a", bits) == number
    for number in (least - 1, most + 1):
        with pytest.raises(FieldError, match='Field "a" must be a valid Number'):
            integer_field({"a": number}, "a", bits)


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_what_is_no_number_at_all(value: Any) -> None:
    with pytest.raises(FieldError, match='Field "a" must be a Number'):
        integer_field({"a": value}, "a")


@pytest.mark.parametrize("value", ["", "x", "1.0", 1.0, "01", "+1", "-0", "- 1", "\u0663", "\u00b2", 10**30])
def test_what_is_no_whole_number(value: Any) -> None:
    with pytest.raises(FieldError, match='Field "a" must be a valid Number'):
        integer_field({"a": value}, "a", 64)


def test_a_text_may_be_written_as_a_number() -> None:
    assert [text_field({"a": value}, "a") for value in ("x", "", 5, 1.5)] == ["x", "", "5", "1.5"]
    for value in (True, None, [], {}):
        with pytest.raises(FieldError, match='Field "a" must be of type String'):
            text_field({"a": value}, "a")


def test_what_is_missing_is_told_unless_there_is_a_default() -> None:
    for read in (text_field, integer_field, object_field):
        with pytest.raises(FieldError, match='Can\'t find field "a"'):
            read({}, "a")
    assert text_field({}, "a", "") == ""
    assert integer_field({}, "a", default=0) == 0
    assert (boolean_field({}, "a"), list_field({}, "a")) == (False, [])


def test_objects_lists_and_truths_are_nothing_else() -> None:
    assert object_field({"a": {"b": 1}}, "a") == {"b": 1}
    assert (list_field({"a": [1]}, "a"), boolean_field({"a": True}, "a")) == ([1], True)
    for read, kind in ((object_field, "Object"), (list_field, "Array"), (boolean_field, "Boolean")):
        with pytest.raises(FieldError, match=f'Field "a" must be of type {kind}'):
            read({"a": "x"}, "a")
