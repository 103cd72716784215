"""The proof in the model's card and on its page, and whether the card still holds.

Owns the card's section `proof`, and the tables between two marks of the page. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from training.errors import DataError
from training.proof.row import Row

COLUMNS = ("figure", "to reach", "reached")
MAY_FALL = 0.002  # 0.2 points, in any row
ROUNDING = 1e-9
FEW = 30  # a share of fewer is told as a count
OPENS = "<!-- These tables are written by `train.py prove --write`. -->"
CLOSES = "<!-- End of the tables. -->"
READING_MS_TO_REACH = 0.4
PARAMETERS_TO_REACH = 350_000
MULTIPLY_ADDS_TO_REACH = 4_000_000

ABOUT = (
    "Measured on the served .tflite, through the app's own ink and framing. The drawn digits and "
    "the letters and symbols are by writers who are not in the training set, but they chose the "
    "weights, the temperature and the thresholds, so the figures on them flatter a little. "
    "MNIST's test set and the styles chose nothing. Hearts, pairs of digits and Japanese letters "
    "passed too often with earlier models, and had training make other junk."
)

BRACKETS = (
    "In brackets: where the figure would lie with other drawings of the same kind, in 95 of 100 "
    "cases, if drawings by one writer were no more alike than drawings by two."
)
WRITERS = "By writer, as strokes: how alike all hands are to it."
FLAGS = (
    "A 1 with a long flag (from a quarter to two thirds of its height), and a 7 that nobody "
    "crossed, with a short or a slanted bar. The first are as their writers wrote them; the "
    "others are the writers' own stems and legs with flags and bars made by code. As strokes and "
    "as pictures."
)
DISTORTED = (
    "Drawn digits that went wrong on the way: tilted by 15°, by a shaky hand, with a gap in the "
    "ink, with a stray dot, with few points as by a mouse in a hurry, with a slow line that cuts "
    "corners, and as dots with gaps of up to two pens between; to cost no more than 0.8 points "
    "when tilted and 1 point otherwise (✗ where one does)."
)
CORRUPTED = (
    "Pictures of drawn digits with something over them that no reader has asked for. A wrong "
    "answer must be a doubtful answer; and stray lines must not make it surer than it is without."
)
NOT_DIGITS = (
    "What is no digit, made by code ({of_each} of each) and never trained on: the share that gets "
    "the verdict `digit` all the same."
)
WAYS_TO_WRITE = (
    "The ways people write their digits, made by code ({of_each} of each), half sent as strokes, "
    "half as pictures: the share that is read right."
)
NUMBERS = (
    "Numbers of several digits, each by one of the writers of the drawn digits: how many points "
    "fewer are read right than by an oracle that is told where each digit is; and what is no "
    "number. The thresholds were chosen on numbers by the writers of the training drawings."
)

Section = dict[str, Any]


def section(
    rows: Sequence[Row], reading_ms: float, made: dict[str, Any], data: dict[str, Any]
) -> Section:
    """The rows as the card keeps them."""
    tables: dict[str, dict[str, Any]] = {}
    for row in rows:
        tables.setdefault(row.table, {})[row.name] = {
            "share": row.share,
            "of": row.count,
            "to_reach": row.to_reach,
            "better": "lower" if row.lower_is_better else "higher",
        } | ({} if row.interval is None else {"interval": [round(end, 6) for end in row.interval]})
    return {
        "about": ABOUT,
        "made": made,
        "data": data,
        "reading_ms": round(reading_ms, 4),
        "rows": tables,
    }


def rows_of(kept: Section) -> list[Row]:
    """The rows that a card keeps."""
    return [
        Row(
            table,
            name,
            row["share"],
            row["of"],
            row["to_reach"],
            row["better"] == "lower",
            tuple(row["interval"]) if "interval" in row else None,
        )
        for table, rows in kept["rows"].items()
        for name, row in rows.items()
    ]


def fallen(rows: Iterable[Row], kept: Section) -> list[str]:
    """A line for each row that is worse than the card says by more than `MAY_FALL`."""
    now = {(row.table, row.name): row for row in rows}
    lines = []
    for before in rows_of(kept):
        row = now.pop((before.table, before.name), None)
        if row is None:
            lines.append(f"{before.name}: in the card, but not measured any more")
        elif row.worse_than(before.share) > MAY_FALL + ROUNDING:
            lines.append(f"{row.name}: {percent(row.share)}, the card says {percent(before.share)}")
    lines += [f"{name}: measured, but not in the card" for _, name in now]
    return lines


def check_data(data: dict[str, Any], kept: Section) -> None:
    """Raise an error unless the rows are about the same data as the card's rows."""
    for name in {**kept["data"], **data}:
        if data.get(name) != kept["data"].get(name):
            raise DataError(
                f"{name} is not what the card was proved with; give the same, or prove it "
                "anew with --write"
            )


def page_with_tables(page: str, card: dict[str, Any]) -> str:
    """The page with the tables of the card between its marks."""
    before, opens, rest = page.partition(OPENS)
    _, closes, after = rest.partition(CLOSES)
    if not (opens and closes):
        raise DataError(f"the model's page has no lines {OPENS!r} and {CLOSES!r}")
    return f"{before}{OPENS}\n\n{tables(card)}\n\n{CLOSES}{after}"


def tables(card: dict[str, Any]) -> str:
    """All tables, as Markdown."""
    kept, network = card["proof"], card["network"]
    rows: dict[str, list[Row]] = {}
    for row in rows_of(kept):
        rows.setdefault(row.table, []).append(row)
    parameters, multiply_adds = network["parameters"], network["multiply_adds"]
    sizes = [
        f"| parameters | {parameters:,} | ≤ {PARAMETERS_TO_REACH:,} |"
        + mark(parameters <= PARAMETERS_TO_REACH),
        f"| multiply-adds | {multiply_adds:,} | ≤ {MULTIPLY_ADDS_TO_REACH:,} |"
        + mark(multiply_adds <= MULTIPLY_ADDS_TO_REACH),
        f"| one reading in the model, on the machine that measured this | "
        f"{kept['reading_ms']:.2f} ms | ≤ {READING_MS_TO_REACH} ms |"
        + mark(kept["reading_ms"] <= READING_MS_TO_REACH),
    ]
    whole = [
        row for row in rows["figures"]
        if any(other.name.startswith(f"{row.name}, ") for other in rows["distortions"])
    ]  # fmt: skip
    parts = [
        BRACKETS,
        "\n".join([*head("what", *COLUMNS), *map(line, rows["figures"]), *sizes]),
        WRITERS,
        "\n".join([*head("what", *COLUMNS), *map(line, rows["writers"])]),
        FLAGS,
        "\n".join([*head("what", *COLUMNS), *map(line, rows.get("flags", []))]),
        DISTORTED,
        "\n".join(distortion_table(whole, rows["distortions"])),
        CORRUPTED,
        "\n".join([*head("what", *COLUMNS), *map(line, rows["corruptions"])]),
        NOT_DIGITS.format(of_each=rows["not digits"][0].count),
        "\n".join([*head("what", *COLUMNS), *map(line, rows["not digits"])]),
        WAYS_TO_WRITE.format(of_each=rows["styles"][0].count),
        "\n".join([*head("style", *COLUMNS), *map(line, rows["styles"])]),
        NUMBERS,
        "\n".join([*head("what", *COLUMNS), *map(line, rows.get("numbers", []))]),
    ]
    return "\n\n".join(parts)


def head(*names: str) -> list[str]:
    """The first two lines of a table."""
    return [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]


def line(row: Row) -> str:
    """A row: figure and interval, target, and whether it is reached."""
    start = f"| {row.name} | {said(row)}{between(row)} |"
    if row.to_reach is None:
        return f"{start} – | |"
    sign = "≤" if row.lower_is_better else "≥"
    return f"{start} {sign} {percent(row.to_reach)} |" + mark(bool(row.reached))


def said(row: Row) -> str:
    """The figure; of few, how many."""
    few = row.count < FEW
    return f"{round(row.share * row.count)} of {row.count}" if few else percent(row.share)


def between(row: Row) -> str:
    """The interval, in brackets."""
    if row.interval is None:
        return ""
    low, high = (100 * end for end in row.interval)
    return f" ({low:.1f}–{high:.1f})"


def percent(share: float) -> str:
    """A share as the page shows it: one drawing of 10,000 can be seen."""
    return f"{100 * share:.2f} %"


def mark(reached: bool) -> str:
    """The last cell of a line."""
    return " ✓ |" if reached else " ✗ |"


def distortion_table(whole: Sequence[Row], distortions: Sequence[Row]) -> Iterator[str]:
    """A line for each group and way, a column for each distortion."""
    found = {row.name: row for row in distortions}
    names = list(dict.fromkeys(row.name.rpartition(", ")[2] for row in distortions))
    yield from head("what", "as drawn", *names)
    for row in whole:
        cells = []
        for name in names:
            cell = found.get(f"{row.name}, {name}")
            cells.append("–" if cell is None else percent(cell.share) + between(cell)
                         + ("" if cell.reached else " ✗"))  # fmt: skip
        yield f"| {row.name} | {percent(row.share)} | {' | '.join(cells)} |"
