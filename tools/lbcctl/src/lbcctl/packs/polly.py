"""Polly's voices, from its service model and from Polly itself."""

from __future__ import annotations

from typing import Any, Final

import botocore.session

from lbcctl.packs.voices import Engines, gathered

_MAX_PAGES: Final = 20


def names() -> frozenset[str]:
    """Every name of a voice that the installed driver knows of, whatever engine and language it has."""
    model = botocore.session.get_session().get_service_model("polly")
    return frozenset(model.shape_for("VoiceId").enum)


async def offered(polly: Any) -> Engines:
    """What Polly offers in its region, by DescribeVoices.

    Args:
        polly: an aiobotocore client.
    """
    found: list[tuple[str, str, str]] = []
    more: dict[str, str] = {}
    for _ in range(_MAX_PAGES):
        answer = await polly.describe_voices(**more)
        for voice in answer["Voices"]:
            languages = [voice["LanguageCode"], *voice.get("AdditionalLanguageCodes", ())]
            found += [(code, voice["Id"], engine) for code in languages for engine in voice["SupportedEngines"]]
        if not answer.get("NextToken"):
            break
        more = {"NextToken": answer["NextToken"]}
    return gathered(found)
