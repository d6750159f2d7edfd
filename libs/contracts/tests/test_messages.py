import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lbc_contracts.messages import MESSAGES, Message, OutcomeKind, Send, Speech, UpdateReceived, outcome_of
from lbc_contracts.wire import VERSION_HEADER, TooNewError, UnreadableError, Wire, decode, encode

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parent / "examples").glob("*.json"))
FINGERPRINTS = HERE / "fingerprints.json"
BY_TYPE = {message.TYPE: message for message in MESSAGES}


def model_of(example: Path) -> type[Message]:
    return BY_TYPE[example.name.split(".")[0]]


def fingerprint(model: type[Message]) -> str:
    schema = json.dumps(_without_prose(model.model_json_schema()), sort_keys=True)
    return hashlib.sha256(schema.encode()).hexdigest()[:16]


def _without_prose(node: object) -> object:
    if isinstance(node, dict):
        return {
            key: _without_prose(value)
            for key, value in node.items()
            if not (key in {"description", "title"} and isinstance(value, str))
        }
    return [_without_prose(value) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_message_that_survives_the_wire(example: Path) -> None:
    message = model_of(example).model_validate_json(example.read_text())

    assert decode(encode(message)) == message
    assert message.VERSION == message.version == int(example.name.split(".")[1].removeprefix("v"))


def test_every_message_has_an_example() -> None:
    assert {model_of(example) for example in EXAMPLES} == set(MESSAGES)


def test_a_message_changes_shape_only_with_a_new_version() -> None:
    """When this fails: raise VERSION, keep reading the old one for a release, then add the line it prints."""
    known = json.loads(FINGERPRINTS.read_text())
    for model in MESSAGES:
        name = f"{model.TYPE}.v{model.VERSION}"
        assert known.get(name) == fingerprint(model), f'"{name}": "{fingerprint(model)}"'


@pytest.mark.parametrize("model", MESSAGES, ids=lambda model: model.TYPE)
def test_messages_are_frozen_and_know_all_their_fields(model: type[Message]) -> None:
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"


def an_example(model: type[Message]) -> Message:
    return next(
        model.model_validate_json(path.read_text()) for path in EXAMPLES if path.name.startswith(model.TYPE + ".")
    )


@pytest.mark.parametrize("model", MESSAGES, ids=lambda model: model.TYPE)
def test_a_newer_version_is_told_from_an_unreadable_body(model: type[Message]) -> None:
    wire = encode(an_example(model))
    newer = Wire(wire.type, wire.correlation_id, b"?", {**wire.headers, VERSION_HEADER: model.VERSION + 1})

    with pytest.raises(TooNewError):
        decode(newer)


class NextSend(Send):
    """As a release to come may have it."""

    VERSION: ClassVar[int] = 2
    version: Literal[1, 2] = 2  # type: ignore[assignment]  # what a release to come does
    release: str = "next"


def test_what_is_passed_on_is_written_in_the_version_of_who_passes_it_on() -> None:
    """An older reader must park it: it has a field that the older one does not know."""
    read = NextSend.model_validate_json(an_example(Send).model_dump_json())
    assert read.version == 1

    wire = encode(read)

    assert wire.headers[VERSION_HEADER] == 2
    assert NextSend.model_validate_json(wire.body) == read.model_copy(update={"version": 2})
    with pytest.raises(TooNewError):
        decode(wire)


def test_speech_that_names_no_engine_is_neural_and_spoken_by_the_voice_of_its_language() -> None:
    """As stored commands and bodies in queues have it from before an engine could be named."""
    body = json.loads((HERE.parent / "examples" / "send.v1.speech.json").read_text())
    del body["content"]["engine"], body["content"]["espeak"]
    read = decode(Wire(Send.TYPE, "c", json.dumps(body).encode(), {VERSION_HEADER: 1}))
    assert isinstance(read, Send)
    assert isinstance(read.content, Speech)
    assert (read.content.engine, read.content.espeak) == ("neural", None)


@given(st.binary(max_size=200))
def test_garbage_is_unreadable_and_never_a_crash(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(Wire(Send.TYPE, "c", body, {VERSION_HEADER: 1}))


@pytest.mark.parametrize("headers", [{}, {VERSION_HEADER: "1"}, {VERSION_HEADER: True}])
def test_a_version_that_is_no_number_is_unreadable(headers: dict[str, str | int]) -> None:
    with pytest.raises(UnreadableError):
        decode(Wire(Send.TYPE, "c", b"{}", headers))


def test_an_unknown_type_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="unknown message type"):
        decode(Wire("surprise", "c", b"{}", {VERSION_HEADER: 1}))


@given(st.binary(max_size=500), st.integers(min_value=0, max_value=2**63 - 1))
def test_an_update_keeps_its_bytes(body: bytes, update_id: int) -> None:
    update = UpdateReceived(
        id=f"b:update:{update_id}",
        correlation_id="c",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        bot="b",
        update_id=update_id,
        body=body,
    )
    assert encode(update).body == body
    assert decode(encode(update)) == update


def test_asking_again_for_what_fails_again_is_another_outcome_but_delivery_is_one() -> None:
    first = an_example(Send)
    assert isinstance(first, Send)
    second = first.model_copy(update={"correlation_id": "another"})
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def outcome_id(command: Send, kind: OutcomeKind) -> str:
        return outcome_of(command, kind, at=now, now=now).id

    assert outcome_id(first, OutcomeKind.FAILED) != outcome_id(second, OutcomeKind.FAILED)
    assert outcome_id(first, OutcomeKind.DELIVERED) == outcome_id(second, OutcomeKind.DELIVERED)


def test_a_signed_url_stays_out_of_representations() -> None:
    linked = next(path for path in EXAMPLES if "linked" in path.name)
    assert "X-Amz-Signature" not in repr(Send.model_validate_json(linked.read_text()))


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValidationError):
        Send.model_validate(an_example(Send).model_dump() | {"time": "2026-01-01T00:00:00"})
