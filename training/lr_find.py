"""`train.py --lr-find`: sweeps the learning rate, prints and plots the loss, suggests a rate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from training.data.examples import prepare
from training.files import make_writable, whole_file
from training.judging import plots
from training.learning.networks import new_network
from training.learning.rate_finder import Sweep, sweep
from training.options import Options

ROWS = 16
BAR_CELLS = 40


def lr_find(options: Options, reports: Path) -> int:
    """Sweep with the options of a run. No model is written."""
    path = reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-lr-find" / "lr-find.png"
    make_writable(path.parent)
    new_network(options)  # an impossible network is an error before data is prepared
    datasets = prepare(options)
    model = new_network(options, len(datasets.classes))
    found = sweep(model, datasets.training, options)
    with whole_file(path) as temporary:
        plots.rate_sweep(found.rates, found.losses, found.suggested).savefig(temporary, dpi=110)
    print(f"{table(found)}\n\n{path}\ntry --learning-rate {found.suggested:g}")
    return 0


def table(found: Sweep) -> str:
    """Some of the rates with their losses, for a terminal."""
    lines = ["     rate    loss"]
    most = min(found.losses[0] * 1.5, max(found.losses))
    for at in range(0, len(found.rates), max(1, len(found.rates) // ROWS)):
        bar = "█" * round(BAR_CELLS * min(1.0, found.losses[at] / most))
        lines.append(f"{found.rates[at]:>9.2g}  {found.losses[at]:>6.3f}  {bar}")
    return "\n".join(lines)
