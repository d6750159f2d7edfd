"""Mutation testing: does a test fail when a small mistake is made in the rules of the services, or the simulator's?

    python bench/mutants/run.py [--size 200] [--seed 3] [--processes 2] [--least 90] [--all] [PART ...]

Draws a sample of all mutations (`mutations`, less those that `left_out` states), runs the unit tests of the mutated
module against each, prints the diffs of the survivors, and exits with 1 if fewer than ``--least`` percent were killed.
A mutant lives in the memory of a forked child alone: an import hook compiles it in place of the file, so nothing is
ever written to the tree.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.abc
import importlib.util
import multiprocessing
import multiprocessing.connection
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, settings
from mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120
"""Seconds after which a mutant counts as killed: it made something endless."""
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Part:
    """What is mutated, and the tests that must notice; the quickest come first."""

    package: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    folder: str = "services"

    @property
    def sources(self) -> Path:
        """The folder that holds the package's modules and its tests."""
        return ROOT / self.folder / self.package.removeprefix("lbc_")


def _simulator(modules: str, tests: str) -> Part:
    """Rules of the simulator."""
    names = tuple(f"test_{name}" for name in tests.split())
    return Part("telegram_sim", tuple(f"core.{name}" for name in modules.split()), names, "tools")


_CONVERSATION = (
    "test_fsm",
    "test_asides",
    "test_steps",
    "test_reading",
    "test_restarts",
    "test_failures",
    "test_away",
    "test_decide",
    "test_rules",
    "test_laws_of_erasure",
    "test_laws",
)
PARTS = {
    "fsm": Part(
        "lbc_onboarding",
        (
            "domain.fsm",
            "domain.reading",
            "domain.turn",
            "domain.person",
            "domain.erased",
            "domain.decide",
            "domain.rules",
        ),
        _CONVERSATION,
    ),
    "tokens": Part("lbc_contracts", ("tokens", "legacy"), ("test_tokens", "test_legacy"), "libs"),
    "attribution": Part("lbc_onboarding", ("domain.attribution",), ("test_attribution",)),
    "deliveries": Part(
        "lbc_delivery",
        ("domain.claims", "app.claims"),
        ("test_claims", "test_claiming", "test_copies_and_claims", "test_unknown_fate", "test_deliver"),
    ),
    "telegram-delivery": _simulator(
        "webhook.schedule webhook.connections webhook.courier webhook.loading webhook.webhook webhook.url flood "
        "updates.queues updates.inbox updates.release_order updates.polling updates.conflicts updates.kinds",
        "schedule flood updates delivery_rules polling_rules webhook_url delivery_laws registration polling webhook "
        "faults taps bot_api",
    ),
    "telegram-texts": _simulator(
        "text.html text.markdown text.legacy_markdown text.formatting text.entities text.detection text.nesting "
        "text.cleaning text.links text.links_in_text text.content keyboards.markup keyboards.buttons fields",
        "html markdown cleaning detection fields keyboards replies chats_and_commands editing bot_api",
    ),
    "telegram-chats": _simulator(
        "args record media.files media.images media.kinds chats.commands chats.messages chats.taps chats.world",
        "args taps bounds keyboards chats_and_commands requests record record_http files fetching editing replies "
        "bot_api control state",
    ),
}
USUAL = tuple(name for name in PARTS if not name.startswith("telegram"))
"""Drawn from unless others are named: the simulator's mutations are many more, and would leave few of these."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutation of one module."""

    part: Part
    module: str
    mutation: Mutation

    @property
    def path(self) -> Path:
        """The file of the module, which stays as it is."""
        return self.part.sources / "src" / Path(*self.module.split(".")).with_suffix(".py")

    def diff(self) -> str:
        """What it changes."""
        before = self.path.read_bytes()
        after = self.mutation.applied(before)
        old, new = before.decode().splitlines(), after.decode().splitlines()
        name = str(self.path.relative_to(ROOT))
        return "\n".join(difflib.unified_diff(old, new, name, self.mutation.rule, n=1, lineterm=""))


class _Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - as importlib calls it
        if fullname != self._mutant.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._mutant.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        source = self._mutant.mutation.applied(self._mutant.path.read_bytes())
        exec(compile(source, str(self._mutant.path), "exec"), module.__dict__)  # noqa: S102 - our own source, changed


def _test(part: Part, mutant: Mutant | None) -> None:
    """In a child: import the mutant and run the tests; the exit status is pytest's."""
    if mutant:
        sys.meta_path.insert(0, _Hook(mutant))
    os.environ["LBC_LAW_EXAMPLES"] = "60"
    # The same stories for every mutant, none kept, and no time lost on shrinking them.
    settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
    )
    settings.load_profile("mutants")
    if mutant:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
    tests = [str(part.sources / "tests" / f"{name}.py") for name in part.tests]
    # To rewrite asserts, pytest imports the modules of its plugins itself, past the hook: the simulator is one.
    quiet = [
        "--assert=plain",
        "--exitfirst",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        str(ROOT),
    ]
    os._exit(int(pytest.main([*quiet, *tests])))


def _warm() -> None:
    """Import once what all children need, and nothing that is mutated or built on it."""
    names = ("lbc_contracts.messages", "lbc_contracts.brand", "lbc_runtime.brand", "lbc_runtime.aws")
    for name in (
        *names,
        "lbc_runtime.worker",
        "lbc_testkit.dynamodb",
        "lbcctl.provision.storage",
        "aiobotocore.session",
    ):
        importlib.import_module(name)


def all_mutants(part: Part) -> list[Mutant]:
    """Every mutant of a part; its modules are imported in a child, so that this process stays as it is."""
    receiver, sender = _FORK.Pipe(duplex=False)

    def find() -> None:
        found = []
        for name in part.modules:
            module = f"{part.package}.{name}"
            imported = importlib.import_module(module)
            path = Path(str(imported.__file__))
            found += [Mutant(part, module, mutation) for mutation in mutations(path.read_bytes(), vars(imported))]
        sender.send(found)

    child = _FORK.Process(target=find)
    child.start()
    sender.close()
    found: list[Mutant] = receiver.recv()
    child.join()
    return found


def verdicts(mutants: Sequence[Mutant], processes: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with ``killed``, ``endless`` or ``survived``, as they come."""
    waiting = list(reversed(mutants))
    running: dict[BaseProcess, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < processes:
            mutant = waiting.pop()
            child: BaseProcess = _FORK.Process(target=_test, args=(mutant.part, mutant))
            child.start()
            running[child] = (mutant, time.monotonic() + TIMEOUT)
        multiprocessing.connection.wait([child.sentinel for child in running], timeout=1)
        for child, (mutant, end) in list(running.items()):
            if child.is_alive() and time.monotonic() < end:
                continue
            late = child.is_alive()
            if late:
                child.kill()
            child.join()
            del running[child]
            yield mutant, "endless" if late else "killed" if child.exitcode else "survived"


def main() -> int:
    """Run; the exit status says whether enough were killed."""
    options = _options()
    parts = [PARTS[name] for name in options.parts or USUAL]
    os.chdir(ROOT)
    _warm()
    for part in parts:
        child = _FORK.Process(target=_test, args=(part, None))
        child.start()
        child.join()
        if child.exitcode:
            print(f"the tests of {part.package} fail without any mutation")
            return 2
    found = [mutant for part in parts for mutant in all_mutants(part)]
    drawn = found if options.all else random.Random(options.seed).sample(found, min(options.size, len(found)))  # noqa: S311 - no secret
    drawn.sort(key=lambda mutant: (mutant.module, mutant.mutation))
    print(f"{len(found)} mutations, {len(drawn)} drawn with seed {options.seed}", flush=True)
    counts: Counter[tuple[str, str]] = Counter()
    for number, (mutant, verdict) in enumerate(verdicts(drawn, options.processes), 1):
        counts[mutant.module, verdict] += 1
        if verdict == "survived":
            print(f"\nsurvived:\n{mutant.diff()}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{number}/{len(drawn)}", end="", file=sys.stderr, flush=True)
    return _summary(counts, options.least)


def _summary(counts: Counter[tuple[str, str]], least: float) -> int:
    print("\nmodule                            killed  survived")
    for module in sorted({module for module, _ in counts}):
        killed = counts[module, "killed"] + counts[module, "endless"]
        print(f"{module:<34}{killed:>6}{counts[module, 'survived']:>10}")
    total = counts.total()
    survived = sum(count for (_, verdict), count in counts.items() if verdict == "survived")
    share = 100 * (total - survived) / total
    print(f"{total - survived} of {total} killed: {share:.1f}% (at least {least:g}%)")
    return int(share < least)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Mutation testing of the conversation, the tokens and the claims.")
    parser.add_argument("--size", type=int, default=200, help="mutations drawn")
    parser.add_argument("--seed", type=int, default=3, help="of the draw")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--least", type=float, default=90, help="percent that must be killed")
    parser.add_argument("--all", action="store_true", help="all mutations instead of a sample")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}; {', '.join(USUAL)} by default"
    )
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
