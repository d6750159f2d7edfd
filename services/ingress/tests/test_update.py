from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_ingress.domain.update import MAX_UPDATE_ID, TOKEN, Facts, NotAnUpdateError, read_update

MESSAGE = {"update_id": 7, "message": {"message_id": 1, "from": {"id": 42}, "chat": {"id": 42}}}


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def test_a_message_names_its_sender() -> None:
    assert read_update(body(MESSAGE)) == Facts(7, 42)


def test_a_press_names_its_callback() -> None:
    update = {"update_id": 7, "callback_query": {"id": "99", "from": {"id": 42}, "data": "x"}}
    assert read_update(body(update)) == Facts(7, 42, "99")


def test_ids_may_be_digit_strings() -> None:
    update = {"update_id": "7", "callback_query": {"id": 99, "from": {"id": "42"}}}
    assert read_update(body(update)) == Facts(7, 42, "99")


@pytest.mark.parametrize("kind", ["poll_answer", "message_reaction", "business_connection", "something_new"])
def test_other_kinds_name_a_user(kind: str) -> None:
    assert read_update(body({"update_id": 7, kind: {"user": {"id": 5}}})).person == 5


@pytest.mark.parametrize("part", [None, 1, "x", [], {}, {"from": None}, {"from": {"id": True}}, {"from": {"id": "x"}}])
def test_whatever_else_is_in_it_the_update_is_let_in(part: object) -> None:
    assert read_update(body({"update_id": 7, "message": part, "callback_query": part})) == Facts(7)


@pytest.mark.parametrize("callback_id", ["", "x" * 257, True, 1.5, None, [], 10**400 // 10**100])
def test_an_odd_callback_id_gets_no_answer(callback_id: object) -> None:
    assert read_update(body({"update_id": 7, "callback_query": {"id": callback_id}})).callback_id is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "JSON"),
        (b"no json", "JSON"),
        (b'{"update_id": 7', "JSON"),
        (b'{"update_id": 7} {}', "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "object"),
        (b"7", "object"),
        (b"null", "object"),
        (b'"update_id"', "object"),
        (b"{}", "missing"),
        (b'{"message": {"update_id": 7}}', "missing"),
        (b'{"update_id": null}', "whole number"),
        (b'{"update_id": true}', "whole number"),
        (b'{"update_id": 7.0}', "whole number"),
        (b'{"update_id": NaN}', "whole number"),
        (b'{"update_id": -1}', "whole number"),
        (b'{"update_id": "-1"}', "whole number"),
        (b'{"update_id": ""}', "whole number"),
        (b'{"update_id": " 7"}', "whole number"),
        (b'{"update_id": "7_0"}', "whole number"),
        ('{"update_id": "\N{ARABIC-INDIC DIGIT SEVEN}"}'.encode(), "whole number"),
        (b'{"update_id": 9223372036854775808}', "whole number"),
        (b'{"update_id": ' + b"9" * 100 + b"}", "whole number"),
        (b'{"update_id": ' + b"9" * 5000 + b"}", "whole number"),
        (b'{"update_id": {"a": ' + b"9" * 5000 + b"}}", "whole number"),
        (b'{"update_id": 7, "x": ' + b"[" * 100_000 + b"}", "JSON"),
        (b'{"update_id": 7, "x": ' + b"[" * 100_000, "JSON"),
        (b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b', "update_id" 7}', "JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "object"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "missing"),
    ],
)
def test_what_is_no_update_is_told_why(text: bytes, why: str) -> None:
    with pytest.raises(NotAnUpdateError, match=why):
        read_update(text)


@pytest.mark.parametrize(
    "text",
    [
        b'{"update_id": 7, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b', "update_id": "7"}',
        b'{"x": "[{\\"", "y": ' + b"[" * 50_000 + b'"]\\\\"' + b"]" * 50_000 + b', "update_id": 7}',
        b'{"update_id": 7, "x": ' + b"9" * 5000 + b"}",
        b'{"update_id": 7, "x": [' + b"-" + b"9" * 5000 + b"]}",
        b'{"update_id": 7, "x": NaN, "y": [Infinity, -Infinity]}',
        b'{"update_id": 6, "update_id": 7}',
        b'{"update_id": 7, "message": {"text": "\xff\xfe\xc3"}}',
        b'{"update_id": 7, "message": {"text": "\\ud800", "\\udfff": "\\u0000"}}',
    ],
)
def test_poison_with_a_readable_update_id_is_let_in(text: bytes) -> None:
    assert read_update(text).update_id == 7


def test_the_largest_id_fits() -> None:
    assert read_update(body({"update_id": MAX_UPDATE_ID})).update_id == MAX_UPDATE_ID


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["from", "user", "id", "callback_query"]) | st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.integers(0, MAX_UPDATE_ID), st.sampled_from([str, int]))
def test_every_object_with_an_update_id_is_let_in(rest: dict[str, object], update_id: int, form: type) -> None:
    update = rest | {"update_id": form(update_id)}
    assert read_update(body(update)).update_id == update_id


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    try:
        facts = read_update(noise)
    except NotAnUpdateError:
        return
    assert 0 <= facts.update_id <= MAX_UPDATE_ID


@given(JSON, st.integers(0, 60))
def test_any_damage_is_read_or_refused(document: object, cut: int) -> None:
    whole = body({"update_id": 7, "message": document})
    for damaged in (whole[:cut], whole[cut:], whole[:cut] + b"\x00" + whole[cut:]):
        try:
            assert read_update(damaged).update_id >= 0
        except NotAnUpdateError:
            continue


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.integers(0, 10))
def test_the_shallow_reader_agrees_with_the_real_one(rest: dict[str, object], update_id: int) -> None:
    plain = body(rest | {"update_id": update_id})
    deep = plain[:-1] + b', "deep": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert read_update(deep).update_id == read_update(plain).update_id


LIMIT = 1 << 20


def tokens(text: str) -> list[str]:
    """What `TOKEN` finds, told by hand: one step for each character."""
    found: list[str] = []
    string, escaped = "", False
    for character in text:
        if string:
            string += character
            if character == '"' and not escaped:
                found.append(string)
                string = ""
            escaped = character == "\\" and not escaped
        elif character == '"':
            string, escaped = character, False
        elif character in "[]{}":
            found.append(character)
    return [*found, string] if string else found


@given(st.text('"\\[]{}a\n', max_size=60))
def test_tokens_are_the_strings_and_the_brackets(text: str) -> None:
    assert [token[0] for token in TOKEN.finditer(text)] == tokens(text)


@settings(deadline=None, max_examples=30)
@given(st.text('"\\[]{}a\n', min_size=1, max_size=12), st.sampled_from(["", '"', "[", '{"', '["a\\']))
def test_no_quote_is_looked_at_twice_however_long_the_body(piece: str, start: str) -> None:
    """What a match took is never scanned again; from a quote that no match took, all the rest would be."""
    text = (start + piece * (LIMIT // len(piece)))[:LIMIT]
    assert '"' not in TOKEN.sub("", text)


@pytest.mark.parametrize("piece", [b'\\"', b"\\", b"a", b"\\\\", b"[", b'"'])
def test_a_deep_body_of_full_size_whose_string_never_ends_is_refused(piece: bytes) -> None:
    start = b'{"update_id": 7, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "y": "'
    size = (LIMIT - len(start)) // len(piece) // 2 * 2
    with pytest.raises(NotAnUpdateError, match="JSON"):
        read_update(start + piece * size)


def test_a_string_that_never_ends_within_what_is_too_deep_is_refused() -> None:
    with pytest.raises(NotAnUpdateError, match="JSON"):
        read_update(b'{"update_id": 7, "x": ' + b"[" * 100_000 + b'"' + b"]" * 100_000 + b"}")
