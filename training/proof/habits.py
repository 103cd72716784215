"""The model's habits on drawn digits: how often it is right when it is so sure, what it confuses.

The page shows these figures beside a reading. Knows no model and no page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

EDGES = (0.0, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 1.0)  # of the confidence
MOST_CONFUSIONS = 8


def habits(
    answers: NDArray[np.float32], labels: NDArray[np.int64], writers: Sequence[str]
) -> dict[str, Any]:
    """Counts of right answers by confidence, the pairs confused most, and the writers behind."""
    confidence, digits = answers.max(axis=1), answers.argmax(axis=1)
    right = digits == labels
    calibration = []
    for low, high in pairwise(EDGES):
        inside = (confidence >= low) & ((confidence < high) | (high == EDGES[-1]))
        counted = {"count": int(inside.sum()), "right": int(right[inside].sum())}
        calibration.append({"from": low, "to": high, **counted})
    pairs: Counter[tuple[int, int]] = Counter()
    behind: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for index in np.flatnonzero(~right).tolist():
        pair = int(labels[index]), int(digits[index])
        pairs[pair] += 1
        behind[pair].add(writers[index])
    confusions = [
        {"drawn": drawn, "read": read, "count": count, "writers": len(behind[drawn, read])}
        for (drawn, read), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    ]
    hands = np.array(writers)
    shares = [float(right[hands == writer].mean()) for writer in sorted(set(writers))]
    return {
        "count": len(labels),
        "calibration": calibration,
        "confusions": confusions[:MOST_CONFUSIONS],
        "writers": {
            "count": len(shares),
            "mean": float(np.mean(shares)),
            "median": float(np.median(shares)),
            "lowest": min(shares),
        },
    }
