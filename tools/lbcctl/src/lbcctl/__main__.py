"""``python -m lbcctl``."""

from __future__ import annotations

from lbcctl.cli import app

if __name__ == "__main__":
    app(prog_name="lbcctl")
