"""Tests, and what they share."""

from pathlib import Path

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"  # real records; many tests skip without them
