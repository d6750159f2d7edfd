"""What a text or a caption becomes in a message."""

from dataclasses import replace

from telegram_sim.core.text.formatting import Formatted
from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator

ENTITIES = {"text": "entities", "caption": "caption_entities"}
"""Fields of docs' Message that hold the entities of others."""


def with_people(sim: Simulator, words: Formatted) -> Formatted:
    """Return a text whose mentions hold the whole User; people that the bot never met are not mentioned (assumed)."""
    entities = [_with_user(sim, entity) if entity["type"] == "text_mention" else entity for entity in words.entities]
    return replace(words, entities=[entity for entity in entities if entity])


def _with_user(sim: Simulator, entity: Json) -> Json:
    person = sim.world.people.get(entity["user"]["id"])
    return {**entity, "user": person.user()} if person is not None and person.known else {}


def with_words(name: str, words: Formatted) -> Json:
    """Return the fields of docs' Message that hold a text or a caption."""
    return ({name: words.text} if words.text else {}) | ({ENTITIES[name]: words.entities} if words.entities else {})
