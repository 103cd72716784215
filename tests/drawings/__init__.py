"""Drawings that every test run reads: the first three of each style and kind of the proof.

They are kept as data. None was chosen by how a model reads it.
"""

from pathlib import Path

FILE = Path(__file__).with_name("drawings.ndjson")
