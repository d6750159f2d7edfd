"""What is on or off; `fault_kinds.SWITCHES` says what each one does."""

from dataclasses import dataclass, fields

from telegram_sim.core.types import Json


@dataclass
class Switches:
    """The state of the switches."""

    hold_updates: bool = False
    duplicate_updates: bool = False
    enforce_limits: bool = False

    def shown(self) -> Json:
        """Return the switches by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def change(self, wanted: Json) -> None:
        """Turn some of them.

        Raises:
            ValueError: an unknown name, or something that is neither true nor false.
        """
        if unknown := set(wanted) - set(self.shown()):
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}; there are {', '.join(self.shown())}")
        if not all(isinstance(value, bool) for value in wanted.values()):
            raise ValueError("a switch is true or false")
        for name, value in wanted.items():
            setattr(self, name, value)
