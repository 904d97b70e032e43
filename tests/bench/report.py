"""What the measurements share: where things are, and how a figure is held against its limit."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PIRADI_BUILD", ROOT / "build"))


class NotMeasured(Exception):
    pass


class Report:
    def __init__(self):
        self.reached = True

    def line(self, what, value, limit, most):
        """`most`: the limit is the highest value allowed; otherwise the lowest."""
        good = value <= limit if most else value >= limit
        self.reached = self.reached and good
        sign = "≤" if most else "≥"
        print(f"  {what:<60} {value:>7.4g}   {sign} {limit:<4g} {'reached' if good else 'MISSED'}")
