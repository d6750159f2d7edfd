"""How arguments are read, and what the record keeps of them."""

from typing import Any

import pytest

from telegram_sim.core.args import Args, Upload


@pytest.mark.parametrize(
    ("given", "number"),
    [
        *[("7", 7), ("-7", -7), ("7.5", 7), ("7x", 7), ("x7", 0), ("", 3), (7, 7), (True, 0), (None, 0)],
        *[("9" * 19, 10**19 - 1), ("-" + "9" * 19, 1 - 10**19)],
        *[("9" * 20, 0), pytest.param("9" * 5000, 0, id="endless")],
    ],
)
def test_a_number_is_its_first_digits(given: Any, number: int) -> None:
    assert Args({"a": given}).integer("a", 3) == number


@pytest.mark.parametrize(
    ("given", "truth"),
    [
        *[("true", True), ("TRUE", True), (" yes ", True), ("1", True), (True, True), (1, True)],
        *[("", False), ("false", False), ("no", False), ("0", False), ("2", False), (False, False), (None, False)],
    ],
)
def test_a_truth_is_true_yes_or_one(given: Any, *, truth: bool) -> None:
    assert Args({"a": given}).boolean("a") is truth
    assert Args({}).boolean("a") is False


def test_what_is_no_text_is_read_as_it_was_written() -> None:
    assert Args({"a": {"é": [1, None]}}).text("a") == '{"é":[1,null]}'


def test_the_record_shows_what_a_file_is_and_not_what_it_holds() -> None:
    uploads = {"photo": Upload("a.png", "image/png", b"12345")}
    shown = Args({"chat_id": 5, "photo": "attach://photo"}, uploads).shown()
    assert shown == {"chat_id": 5, "photo": {"name": "a.png", "content_type": "image/png", "size": 5}}


def test_the_record_keeps_8192_characters_of_an_argument() -> None:
    whole, longer = "x" * 8192, "x" * 8193
    assert Args({"a": whole}).shown()["a"] == whole
    assert Args({"a": longer}).shown()["a"] == f"{whole}… (8193 characters)"
