"""The page's modules as one classic script, for a page that is a single file.

Modules do not load from a file:// address. Each module becomes a function that gives its exports; a
module stands after the modules that it imports. Knows the few forms of import and export that
static/js uses, and refuses any other. A web worker's script is made of the same functions, so that
no module is in the file twice.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

COMMENTS = re.compile(r"^\s*/\*.*?\*/\n?|^\s*//[^\n]*\n", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(r'^import \{(?P<names>[^}]*)\} from "(?P<place>[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>\w+))", re.MULTILINE
)
LATER = re.compile(r'import\("(?P<place>[^"]+)"\)')
WORKER = re.compile(r'new URL\("(?P<place>[^"]+)", import\.meta\.url\)')
LEFT_OVER = re.compile(r"^(import|export) ", re.MULTILINE)


class Bundle:
    """Modules of a folder, each before the first that needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: list[str] = []
        self._texts: list[str] = []
        self._workers: set[str] = set()  # places of scripts that run in a worker alone

    @classmethod
    def of(cls, folder: Path, place: str) -> str:
        """A script that runs the module at that place in the folder."""
        bundle = cls(folder)
        bundle._add(place)
        return '"use strict";\n' + "".join(map(bundle._part, range(len(bundle._places))))

    def _part(self, number: int) -> str:
        made = f"const make_{number} = () => {{\n{self._texts[number]}}};\n"
        is_run = self._places[number] not in self._workers
        return made + (f"const module_{number} = make_{number}();\n" if is_run else "")

    def _add(self, place: str) -> int:
        """The number of the module."""
        if place not in self._places:
            text = self._rewritten(place)
            self._places.append(place)
            self._texts.append(text)
        return self._places.index(place)

    def _rewritten(self, place: str) -> str:
        def found(match: re.Match[str]) -> str:
            return f"module_{self._add(_beside(place, match['place']))}"

        def imported(match: re.Match[str]) -> str:
            names = match["names"].replace(" as ", ": ")
            return f"const {{{names}}} = {found(match)};\n"

        def worker(match: re.Match[str]) -> str:
            """A script of the worker's modules, which the page writes from its own functions."""
            alone = Bundle(self._folder)
            alone._add(_beside(place, match["place"]))
            self._workers.add(alone._places[-1])
            made = ", ".join(f"[{n}, make_{n}]" for n in map(self._add, alone._places))
            script = f"[{made}].map(([n, make]) => `const module_${{n}} = (${{make}})();\\n`)"
            blob = f'new Blob([\'"use strict";\\n\', ...{script}], {{ type: "text/javascript" }})'
            return f"URL.createObjectURL({blob})"

        text = COMMENTS.sub("", (self._folder / place).read_text("utf-8"))
        text = IMPORT.sub(imported, text)
        text = LATER.sub(lambda match: f"Promise.resolve({found(match)})", text)
        text = WORKER.sub(worker, text).replace("import.meta.url", "document.baseURI")
        exports = [match["name"] for match in EXPORT.finditer(text)]
        text = EXPORT.sub("", text)
        if LEFT_OVER.search(text):
            raise ValueError(f"{place} imports or exports in a way that is not known here.")
        return f"{text}return {{ {', '.join(exports)} }};\n"


def _beside(place: str, relative: str) -> str:
    """The place in the folder that a module means by a relative address."""
    parts: list[str] = []
    for part in (PurePosixPath(place).parent / relative).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
