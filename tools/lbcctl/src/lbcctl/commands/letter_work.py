"""What the commands on letters do, once it is known which letters are meant."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiormq.abc import AbstractChannel

from lbcctl import letterfile
from lbcctl.commands.letter_options import Meant
from lbcctl.commands.letter_views import groups_of, show_groups, show_list, show_whole
from lbcctl.console import Advance, Screen
from lbcctl.deadletters import BATCH, Tally, depth, drop, put, redrive, walk
from lbcctl.exits import Exit, StopError
from lbcctl.letters import Letter, Moment
from lbcctl.parts import Parts


async def list_them(parts: Parts, screen: Screen, meant: Meant, look_at: int) -> None:
    """Counts by queue and reason, and a line each."""
    moment = _moment(parts)
    found, inside = await _look(parts, screen, meant, look_at)
    groups, shown = groups_of(found, moment), found[: meant.limit]
    if screen.json:
        counted = [group.document() for group in groups]
        letters = [letter.summary(moment) for letter in shown]
        screen.document({"in_queues": inside, "fitting": len(found), "groups": counted, "letters": letters})
        return
    if not found:
        screen.text(f"no letters that fit; {inside} in the queues" if inside else "no letters")
        return
    show_groups(screen, f"{len(found)} of {_letters(inside)}", groups)
    screen.text("")
    show_list(screen, shown, moment)
    if len(found) > len(shown):
        screen.say(f"{len(found) - len(shown)} more fit; --limit shows more")


async def show_them(parts: Parts, screen: Screen, meant: Meant) -> Exit | None:
    """Letters whole."""
    moment = _moment(parts)
    found, inside = await _look(parts, screen, meant, look_at=1_000_000, most=meant.limit)
    if screen.json:
        screen.document({"in_queues": inside, "letters": [letter.whole(moment) for letter in found]})
    else:
        for number, letter in enumerate(found):
            screen.text("\n" + "─" * 40 if number else "")
            show_whole(screen, letter, moment)
    if found:
        return None
    screen.say(f"no such letter; {inside} in {', '.join(meant.graves)}")
    return Exit.FAILED


async def redrive_them(parts: Parts, screen: Screen, meant: Meant, *, dry_run: bool) -> Exit | None:
    """Bring letters back, or say which."""
    if dry_run:
        return await _plan(parts, screen, meant, "would be redriven")
    async with parts.channel() as channel:
        with screen.progress("redriving", await depth(channel, meant.graves)) as advance:
            tally = await redrive(
                channel, meant.graves, meant.wanted, max_age=_moment(parts).max_age, limit=meant.limit, advance=advance
            )
    return _told(screen, tally, "redriven", _moment(parts))


async def drop_them(parts: Parts, screen: Screen, meant: Meant, file: Path, *, dry_run: bool) -> Exit | None:
    """Take letters out, or say which."""
    if dry_run:
        return await _plan(parts, screen, meant, "would be dropped")
    found, _ = await _look(parts, screen, meant, look_at=1_000_000, most=meant.limit)
    if not found:
        return _told(screen, Tally(), "dropped", _moment(parts))
    if not screen.json:
        show_groups(screen, _letters(len(found)), groups_of(found, _moment(parts)))
    screen.confirm(f"Take {_letters(len(found))} out of the broker, into {file}?")
    kept = letterfile.LetterFile(file)
    try:
        async with parts.channel() as channel:
            with screen.progress("dropping", await depth(channel, meant.graves)) as advance:
                tally = await drop(
                    channel, meant.graves, meant.wanted, kept.keep, limit=min(meant.limit, len(found)), advance=advance
                )
    finally:
        kept.close()
    screen.say(f"They are in {file}, for you alone to read. Bring them back with: lbcctl dlq restore {file}")
    return _told(screen, tally, "dropped", _moment(parts))


async def restore_them(parts: Parts, screen: Screen, file: Path) -> Exit | None:
    """Bring back what is in a file."""
    moment, tally, batch = _moment(parts), Tally(), list[Letter]()
    async with parts.channel() as channel:
        with screen.progress("restoring") as advance:
            try:
                for letter in letterfile.read(file):
                    if letter.may_return(moment):
                        batch.append(letter)
                    else:
                        tally.too_old += 1
                    if len(batch) == BATCH:
                        await _put(channel, batch, tally, advance)
            except StopError:  # a line that is no letter: those before it do come back
                await _put(channel, batch, tally, advance)
                raise
            await _put(channel, batch, tally, advance)
    return _told(screen, tally, "restored", moment)


async def _put(channel: AbstractChannel, batch: list[Letter], tally: Tally, advance: Advance) -> None:
    await put(channel, batch)
    tally.done += len(batch)
    advance(len(batch))
    batch.clear()


async def _look(
    parts: Parts, screen: Screen, meant: Meant, look_at: int, most: int = 1_000_000
) -> tuple[list[Letter], int]:
    """Letters that fit, and how many there are in all."""
    found: list[Letter] = []
    moment = _moment(parts)
    async with parts.channel() as channel:
        inside = await depth(channel, meant.graves)
        async with aclosing(walk(channel, meant.graves, look_at)) as letters:
            with screen.progress("looking", inside) as advance:
                async for letter in letters:
                    advance(1)
                    if meant.wanted.fits(letter, moment):
                        found.append(letter)
                    if len(found) == most:
                        break
    return found, inside


async def _plan(parts: Parts, screen: Screen, meant: Meant, what: str) -> Exit | None:
    """What fits, and that nothing was done."""
    moment = _moment(parts)
    found, _ = await _look(parts, screen, meant, look_at=1_000_000, most=meant.limit)
    stay = sum(not letter.may_return(moment) for letter in found) if "redriven" in what else 0
    groups = groups_of(found, moment)
    if screen.json:
        counted = [group.document() for group in groups]
        screen.document({"dry_run": True, "fitting": len(found), "too_old": stay, "groups": counted})
    else:
        show_groups(screen, f"{_letters(len(found) - stay)} {what}, too old: {stay}; nothing was done", groups)
    return None


def _told(screen: Screen, tally: Tally, what: str, moment: Moment) -> Exit | None:
    if screen.json:
        screen.document({what: tally.done, "too_old": tally.too_old})
    else:
        screen.text(f"{_letters(tally.done)} {what}")
    if tally.too_old:
        days, stay = moment.max_age.days, "stays" if tally.too_old == 1 else "stay"
        many = _letters(tally.too_old)
        screen.say(f"{many} older than {days} days {stay}: a repetition might not be noticed any more")
        return Exit.FAILED
    return None


def _letters(number: int) -> str:
    return "1 letter" if number == 1 else f"{number} letters"


def _moment(parts: Parts) -> Moment:
    """Now, and how long the rows live that would tell a repetition."""
    settings = parts.settings
    lives = (timedelta(days=settings.events_days), timedelta(seconds=settings.row_life))
    return Moment.beside(datetime.now(UTC), *lives)
