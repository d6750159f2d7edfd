"""The simulator as a whole: its numbers, its files, starting over."""

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.control.asking import Table, bad, fields_of, number_of, query_of
from telegram_sim.simulator import Simulator

MAX_ADVANCE = 366 * 24 * 3600
"""Seconds in one request."""


class WorldRoutes:
    """Endpoints /files, /stats and /reset."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        return [
            ("DELETE", "/files", self.forget_files),
            ("GET", "/stats", self.stats),
            ("POST", "/clock", self.put_forward),
            ("POST", "/reset", self.reset),
        ]

    async def forget_files(self, request: Request) -> Response:
        """Forget one file_id, or all, so that the bot sees them refused."""
        self._sim.files.forget(query_of(request, "file_id").get("file_id"))
        return JsonAnswer(self._sim.files.held)

    async def stats(self, request: Request) -> Response:
        """Show numbers; with `idle_wait`, as soon as no update is pending."""
        sim = self._sim
        query_of(request, "idle_wait")
        await sim.waiting.until(lambda: not len(sim.queues), number_of(request, "idle_wait", 0.0))
        return JsonAnswer(
            {
                "bot": sim.world.bot.user(),
                "webhook": sim.sender.webhook.url,
                "pending_updates": len(sim.queues),
                "held_updates": [update.update_id for update in sim.inbox.held],
                "next_update_id": sim.inbox.next_id,
                "people": len(sim.world.people),
                "files": sim.files.held,
                "record": sim.record.last,
                "commands": sim.world.commands.get(),
                "polling": sim.long_poll.waits,
                "time_scale": sim.clock.scale,
            }
        )

    async def put_forward(self, request: Request) -> Response:
        """Put Telegram's clock forward: retries, expiry, Retry-After and flood limits that were due by then are due."""
        seconds = (await fields_of(request, "advance")).get("advance")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= MAX_ADVANCE:
            raise bad(f'"advance": seconds from 0 to {MAX_ADVANCE} are expected')
        self._sim.clock.advance(seconds)
        self._sim.record.add("clock", advanced=seconds)
        return JsonAnswer({"now": self._sim.clock.date()})

    async def reset(self, _request: Request) -> Response:
        """Start over; the webhook and the files stay."""
        self._sim.reset()
        return JsonAnswer({"next": self._sim.record.last})
