"""Errors that the person at the command line can put right, printed without a traceback."""

from __future__ import annotations


class TrainingError(Exception):
    """Something the person at the command line can put right."""


class DataError(TrainingError):
    """A data file is missing, damaged, or not what it says it is. The message names the file."""


class BelowTheBar(TrainingError):
    """The result is worse than --require-accuracy asks for, or than the model's card says."""


class LearningFailed(TrainingError):
    """The run diverged, or learnt nothing. The model that was there before stays."""
