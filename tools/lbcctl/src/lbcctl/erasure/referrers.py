"""The id of an erased person where others have it: as the one who sent them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from lbc_contracts import tables, tokens
from lbcctl.erasure.person import Item, Person
from lbcctl.erasure.rows import Rows
from lbcctl.exits import Exit, StopError

ERASED: Final = "erased"
"""Stands for a referrer who is forgotten; no start token says it of anybody."""

TOUCHES: Final = ("firstTouch", "lastTouch")
REFERRERS: Final = "referrers"
VISITS: Final = "visits"
_PAYLOAD: Final = "payload"
_TRIES: Final = 20
_PAUSE: Final = 0.1


async def neutralise(rows: Rows, people: Sequence[Person]) -> int:
    """Say ``erased`` in the place of these people's ids; gives in how many rows.

    Events and sessions are looked through as a whole: whose token was refused is nowhere else known as sent by anybody,
    and an index may lag behind.

    Args:
        rows: the tables.
        people: of one bot, at most `lbcctl.erasure.rows.TOGETHER`.

    Raises:
        StopError: a person's row kept changing.
    """
    ids = {str(person.user_id) for person in people}
    of_bot = {":bot": {"S": f"{people[0].bot}:"}}
    changed = 0
    said = {"ExpressionAttributeNames": {"#input": "input"}, "ProjectionExpression": "eventId, #input"}
    having = "begins_with(userId, :bot) AND contains(#input, :payload)"
    async for event in rows.scan(tables.EVENTS, having, {**of_bot, ":payload": {"S": _PAYLOAD}}, **said):
        changed += await _forget_in_event(rows, event, ids)
    visited = {"ExpressionAttributeNames": {"#visits": VISITS}, "ProjectionExpression": "sessionId, #visits"}
    having = "begins_with(userId, :bot) AND attribute_exists(#visits)"
    async for session in rows.scan(tables.SESSIONS, having, of_bot, **visited):
        changed += await _forget_in_session(rows, session, ids)
    async for person in rows.scan(tables.USERS, *_sent_by(people[0].bot, ids)):
        changed += await _forget_in_person(rows, person, ids)
    return changed


def names_referrer(token: str, ids: Collection[str]) -> bool:
    """Whether a start token, of whatever form, says that one of ``ids`` sent somebody."""
    signed = tokens.parse(token)
    if isinstance(signed, tokens.Parsed):
        return _is_of(str(signed.claims.referrer), ids)
    plain = re.findall(r"(?<![0-9A-Za-z])[0-9]+(?![0-9A-Za-z])", token)  # within base64, digits are no numbers
    return any(_is_of(number, ids) for number in plain + re.findall(r"[0-9]+", _decoded(token)))


def _sent_by(bot: str, ids: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """Condition and values that find who was sent by one of ``ids``."""
    words = {f":w{number}": {"S": one} for number, one in enumerate(ids)}
    numbers = {f":n{name[2:]}": {"N": one["S"]} for name, one in words.items()}
    named = [f"{touch}.referrer IN ({', '.join(words)})" for touch in TOUCHES]
    named += [f"contains({REFERRERS}, {name})" for name in numbers]
    return f"bot = :bot AND ({' OR '.join(named)})", {":bot": {"S": bot}, **words, **numbers}


async def _forget_in_person(rows: Rows, person: Item, ids: Collection[str]) -> bool:
    """Under a new version, so that whoever has read the row before decides anew."""
    key = person["userId"]["S"]
    now: Item | None = person
    for _ in range(_TRIES):
        update = _without(now, ids) if now else None
        if update is None:
            return False
        if await rows.update(tables.USERS, key, **update):
            return True
        await asyncio.sleep(_PAUSE)
        now = await rows.person(key)
    raise StopError("the row of somebody who was sent kept changing; run it again", Exit.FAILED)


def _without(person: Item, ids: Collection[str]) -> dict[str, Any] | None:
    """The update of a person's row that leaves nobody of ``ids`` in it; None when there is nobody."""
    said = [f"{touch}.referrer = :erased" for touch in TOUCHES if _is_of(_referrer(person.get(touch)), ids)]
    listed = person[REFERRERS]["L"] if REFERRERS in person else ()
    gone = [f"{REFERRERS}[{number}]" for number, one in enumerate(listed) if one["N"] in ids]
    if not said and not gone:
        return None
    values = {":read": person["version"], ":one": {"N": "1"}} | ({":erased": {"S": ERASED}} if said else {})
    expression = f"SET {', '.join([*said, '#version = #version + :one'])}"
    return {
        "UpdateExpression": f"{expression} REMOVE {', '.join(gone)}" if gone else expression,
        "ConditionExpression": "#version = :read",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": values,
    }


async def _forget_in_session(rows: Rows, session: Item, ids: Collection[str]) -> bool:
    """Visits are only ever added, so that each keeps its number."""
    visits = session[VISITS]["L"] if VISITS in session else ()
    said = [
        f"#visits[{number}].referrer = :erased" for number, visit in enumerate(visits) if _is_of(_referrer(visit), ids)
    ]
    return bool(said) and await rows.update(
        tables.SESSIONS,
        session["sessionId"]["S"],
        UpdateExpression=f"SET {', '.join(said)}",
        ConditionExpression="attribute_exists(#visits)",
        ExpressionAttributeNames={"#visits": VISITS},
        ExpressionAttributeValues={":erased": {"S": ERASED}},
    )


async def _forget_in_event(rows: Rows, event: Item, ids: Collection[str]) -> bool:
    """What was said with a command; the row is kept for its id and its commands."""
    said = json.loads(event["input"]["S"])
    if not names_referrer(str(said.get(_PAYLOAD, "")), ids):
        return False
    after = json.dumps(said | {_PAYLOAD: ERASED}, separators=(",", ":"))
    return await rows.update(
        tables.EVENTS,
        event["eventId"]["S"],
        UpdateExpression="SET #input = :after",
        ConditionExpression="attribute_exists(eventId)",
        ExpressionAttributeNames={"#input": "input"},
        ExpressionAttributeValues={":after": {"S": after}},
    )


def _is_of(number: str, ids: Collection[str]) -> bool:
    """Onboarding reads an id however many zeros are before it."""
    return number.lstrip("0") in ids


def _referrer(touch: Any) -> str:
    return str(touch["M"]["referrer"]["S"]) if touch else ""


def _decoded(token: str) -> str:
    """The text in base64 of either alphabet, as the old system's links have it; empty when there is none."""
    body = token.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
