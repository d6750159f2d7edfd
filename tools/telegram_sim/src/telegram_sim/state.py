"""What survives a restart, as one JSON object: people, chats, files, webhook, commands, updates that wait.

Faults, switches and the record are of one run. What was held back is delivered after a restart.
"""

import dataclasses
import functools
import json
import time
import types
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from telegram_sim.core.chats.people import Person
from telegram_sim.core.chats.taps import Tap
from telegram_sim.core.media.files import StoredFile
from telegram_sim.core.media.kinds import MEDIA_KINDS
from telegram_sim.core.types import Json
from telegram_sim.core.updates.kinds import chat_of, kind_of, queue_of
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.webhook.webhook import Webhook
from telegram_sim.simulator import Simulator

VERSION = 1
LEAP = 100_000
"""Numbers left out after a run that did not end by itself: it may have given out more than it wrote down."""


T = TypeVar("T")


class StateError(Exception):
    """A state that cannot be read or written; says of which file, why, and what to do."""


def snapshot(sim: Simulator, *, ended: bool) -> Json:
    """Return the state now; `ended` tells that nothing will happen any more."""
    now, world = sim.clock.now(), sim.world
    return {
        "telegram_sim_state": VERSION,
        "bot_id": sim.settings.bot_id,
        "ended": ended,
        "saved_at": time.time(),
        "people": [person.shown() for person in world.people.values()],
        "messages": list(world.stored),
        "fixed": sorted(world.stored.fixed),
        "next": {
            "message": world.next_message,
            "person": world.next_person,
            "tap": world.taps.next_id,
            "update": sim.inbox.next_id,
            "file": sim.files.last_number,
        },
        "taps": [{**vars(tap), "asked_at": now - tap.asked_at} for tap in world.taps.all()],
        "files": [dataclasses.asdict(file) for file in sim.files.all()],
        "commands": world.commands.all(),
        "webhook": {**dataclasses.asdict(sim.sender.webhook), "allowed": sorted(sim.sender.webhook.allowed)},
        "updates": [_update(update, now) for update in sorted([*sim.inbox.held, *sim.queues], key=_numbered)],
    }


def _numbered(update: Pending) -> int:
    return update.update_id or 0


def _update(update: Pending, now: float) -> Json:
    return {"body": update.body.decode("utf-8", "surrogatepass"), "expires_in": update.expires_at - now}


def restore(sim: Simulator, state: Any, contents: dict[int, bytes]) -> None:
    """Bring a fresh simulator to where the other one was; `contents` are bytes of media by their files' number.

    Raises:
        StateError: it is no state, one of another version, or one of another bot.
    """
    if not isinstance(state, dict) or "telegram_sim_state" not in state:
        raise StateError("it is not a state of telegram-sim")
    if state["telegram_sim_state"] != VERSION:
        raise StateError(f"it is of version {state['telegram_sim_state']}, and version {VERSION} is understood")
    if state.get("bot_id") != sim.settings.bot_id:
        raise StateError(f"it belongs to the bot {state.get('bot_id')}, and this is {sim.settings.bot_id}")
    try:
        _restore(sim, state, contents)
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise StateError(f"it is damaged: {type(cause).__name__}: {cause}") from cause


def _restore(sim: Simulator, state: Json, contents: dict[int, bytes]) -> None:
    world, now = sim.world, sim.clock.now()
    away = max(time.time() - state["saved_at"], 0.0) / sim.clock.scale
    leap = 0 if state["ended"] else LEAP
    for fields in state["people"][-world.limits.people :]:
        world.people[fields["id"]] = _made(Person, fields)
    for message in state["messages"]:
        if message["chat"]["id"] in world.people:
            world.stored.put(message["chat"]["id"], message)
    for message_id in state.get("fixed", []):
        world.stored.fix(message_id)
    world.next_message = state["next"]["message"] + leap
    world.next_person = state["next"]["person"]
    taps = [_made(Tap, {**fields, "asked_at": now - fields["asked_at"] - away}) for fields in state["taps"]]
    world.taps.restore(taps, state["next"]["tap"] + leap)
    sim.files.last_number = state["next"].get("file", 0) + leap
    for fields in state["files"]:
        if fields["kind"] not in MEDIA_KINDS:
            raise ValueError(f"there is no kind {fields['kind']!r} of files")
        sim.files.restore(_made(StoredFile, fields), contents.get(fields["number"]))
    world.commands.restore(state["commands"])
    for number, update in enumerate(state["updates"]):
        sim.queues.push(_pending(update, now - away, number), now)
    sim.inbox.next_id = state["next"]["update"] + leap
    sim.set_webhook(_made(Webhook, {**state["webhook"], "allowed": frozenset(map(str, state["webhook"]["allowed"]))}))


def _made(cls: type[T], fields: Json) -> T:
    """Return a value of a dataclass.

    Raises:
        TypeError: the fields are not its own, or of other types.
    """
    kinds = _kinds(cls)  # type: ignore[arg-type]  # a class can be hashed
    for name, value in fields.items():
        if name not in kinds or not isinstance(value, kinds[name]):
            raise TypeError(f"{name} of a {cls.__name__}")
    return cls(**fields)


@functools.cache
def _kinds(cls: type) -> dict[str, tuple[type, ...]]:
    """Return what each field of a dataclass may be an instance of."""
    kinds = {}
    for name, hint in get_type_hints(cls).items():
        parts = get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        kinds[name] = tuple(object if part is Any else get_origin(part) or part for part in parts)
    return kinds


def _pending(update: Json, saved_at: float, number: int) -> Pending:
    fields = json.loads(update["body"])
    update_id = fields.get("update_id")
    if isinstance(update_id, int):
        del fields["update_id"]
    else:
        update_id = None
    encoded = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")[1:-1]
    queue = queue_of(fields) or ("restored", number)
    expires_at = saved_at + update["expires_in"]
    return Pending(update_id, kind_of(fields), encoded, queue, expires_at, chat_of(fields))
