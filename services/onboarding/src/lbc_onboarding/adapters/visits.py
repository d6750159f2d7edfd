"""A person's visits in DynamoDB: attributes of their row, a list in their session, and conditions elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lbc_contracts import tables
from lbc_contracts.campaigns import link_key
from lbc_contracts.ids import user_key
from lbc_onboarding.app.ports import EventRow
from lbc_onboarding.domain.attribution import MAX_VISITS, Past, Touch
from lbc_onboarding.domain.person import User

Value = Mapping[str, Any]
Item = dict[str, Value]

OPTIONAL = ("firstTouch", "lastTouch", "linksUsed", "referrers")
"""Attributes of a person that are there only when they have a value."""


def arrival_items(user: User) -> Item:
    """What a person's row says of where they came from."""
    item: Item = {"visits": {"N": str(user.visits)}}
    for name, touch in (("firstTouch", user.first_touch), ("lastTouch", user.last_touch)):
        if touch:
            item[name] = touch_value(touch)
    if user.past.links:
        item["linksUsed"] = {"L": [{"S": link} for link in user.past.links]}
    if user.past.referrers:
        item["referrers"] = {"L": [{"N": str(referrer)} for referrer in user.past.referrers]}
    return item


def past_from(item: Mapping[str, Value]) -> Past:
    """A person's past, as stored."""
    return Past(
        links=tuple(link["S"] for link in item["linksUsed"]["L"]) if "linksUsed" in item else (),
        referrers=tuple(int(one["N"]) for one in item["referrers"]["L"]) if "referrers" in item else (),
    )


def touch_from(value: Value | None) -> Touch | None:
    """A touch, as stored; also by a version that knew of no campaigns."""
    if value is None:
        return None
    fields = value["M"]
    words = {name: fields[name]["S"] for name in ("reason", "source", "medium", "campaign", "referrer")}
    return Touch(
        date=int(fields["date"]["N"]),
        message_id=int(fields["message_id"]["N"]),
        verified=fields["verified"]["BOOL"],
        campaign_id=fields["campaign_id"]["S"] if "campaign_id" in fields else "",
        **words,
    )


def touch_value(touch: Touch) -> Value:
    """A touch, to be stored."""
    return {"M": {name: _plain(value) for name, value in asdict(touch).items()}}


def session_update(table: str, item: Item, row: EventRow, user: User) -> dict[str, Any]:
    """Set what a session's row says, and add the visit to those that it keeps."""
    key = tables.SESSIONS.hash.name
    item = {**item, "visitCount": {"N": str(user.visits)}}
    names = {f"#{name}": name for name in item if name != key}
    values = {f":{name}": value for name, value in item.items() if name != key}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in item if name != key)
    if row.visit and user.visits <= MAX_VISITS:
        expression += ", #visits = list_append(if_not_exists(#visits, :none), :visit)"
        names["#visits"] = "visits"
        values |= {":none": {"L": []}, ":visit": {"L": [touch_value(row.visit.touch)]}}
    return {
        "TableName": table,
        "Key": {key: item[key]},
        "UpdateExpression": expression,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def visit_writes(prefix: str, row: EventRow) -> list[dict[str, Any]]:
    """One use of a capped link, and that the new referrer was not referred by this person: both hold, or nothing is."""
    writes: list[dict[str, Any]] = []
    if row.visit and row.visit.link:
        use = {
            "TableName": prefix + tables.LINKS.name,
            "Key": {tables.LINKS.hash.name: {"S": link_key(row.bot, row.visit.link)}},
            "UpdateExpression": "ADD #uses :one",
            "ConditionExpression": "#uses < #most",
            "ExpressionAttributeNames": {"#uses": "uses", "#most": "most"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        writes.append({"Update": use})
    if row.visit and row.visit.referrer:
        check = {
            "TableName": prefix + tables.USERS.name,
            "Key": {tables.USERS.hash.name: {"S": user_key(row.bot, row.visit.referrer)}},
            "ConditionExpression": "NOT contains(referrers, :person)",
            "ExpressionAttributeValues": {":person": {"N": str(row.user_id)}},
        }
        writes.append({"ConditionCheck": check})
    return writes


def _plain(value: str | int | bool) -> Value:  # noqa: FBT001 - one of the values that a touch has
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
