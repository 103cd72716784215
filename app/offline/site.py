"""`make site`: the page as files, for any static host, and as one file that opens by double-click.

All addresses are relative, so the folder works under any path. The same templates as on the server.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import current_app

from app import create_app
from app.config import ROOT, Settings
from app.offline.bundle import Bundle
from app.offline.copy import manifest_text, page_text, service_worker_text
from app.predict.pages import how_text
from app.services import services
from app.web.headers import ALWAYS
from app.web.static_files import FOLDER, File, static_files_of

SHOWN_ROWS = "not digits"  # static/js/inside/knows_view.js
ONE_FILE = "inkling.html"
# Places of the page that a folder of files has; it has no API and no form.
PLACES = {
    "pages.index": "./",
    "pages.how": "how.html",
    "offline.service_worker": "sw.js",
    "offline.manifest": "manifest.webmanifest",
}
IN_HEAD = "<head>\n"
# Of other files, which the page that is one file has not beside it.
ELSEWHERE = re.compile(r' data-(how|snapshots|service-worker)="[^"]*"')
LINKS = re.compile(r'^ *<link rel="(modulepreload|manifest|apple-touch-icon)".*\n', re.MULTILINE)
STYLE = re.compile(r'<link rel="stylesheet" href="(?P<address>[^"]+)">')
SCRIPT = re.compile(r' *<script type="module" src="[^"]+"></script>\n')


def relative(endpoint: str, **values: Any) -> str:
    if endpoint == "static":
        return "static/" + static_files_of(current_app).addresses[values["filename"]]
    return PLACES.get(endpoint, "")


def build(folder: Path) -> None:
    """Write the folder anew: beside its place first, so that it is there whole or not at all."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name, content in site_files().items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def site_files() -> dict[str, bytes]:
    """Every file by its name."""
    static = static_files_of(current_app)
    page = page_text(relative, "device", is_site=True)
    texts = {
        "index.html": _with_policy(page, _policy()),
        "how.html": _with_policy(how_text(relative, is_site=True), _policy()),
        "sw.js": service_worker_text(relative, "device", is_site=True),
        "manifest.webmanifest": manifest_text(relative),
        ONE_FILE: one_file(page),
        ".nojekyll": "",  # GitHub Pages serves the files as they are
    }
    files = {f"static/{static.addresses[name]}": file.body for name, file in static.files.items()}
    return files | {name: text.encode() for name, text in texts.items()}


def one_file(page: str) -> str:
    """The page with its styles, its script, the network and all else inside."""
    static = static_files_of(current_app)
    named = {f"static/{address}": static.files[name] for name, address in static.addresses.items()}
    script = Bundle.of(FOLDER / "js", "page.js").replace("</", "<\\/")
    # Styles that the page would fetch later are there from the start.
    later = [path.stem for path in (FOLDER / "css").glob("*.css") if f"/{path.name}" not in page]
    sheets = "".join(
        f'  <style data-sheet="{name}">{_text(static.files[f"css/{name}.css"])}</style>\n'
        for name in sorted(later)
    )
    page = LINKS.sub("", page)
    page = STYLE.sub(lambda match: f"<style>{_text(named[match['address']])}</style>", page)
    page = SCRIPT.sub("", page)
    page = page.replace("</head>", f"{sheets}</head>")
    page = ELSEWHERE.sub("", page)
    card = f"static/{static.addresses['reader/model.json']}"
    named[card] = replace(named[card], body=_in_brief(named[card].body))
    for address, file in named.items():
        page = page.replace(f'"{address}"', f'"{_data_url(file)}"')
    page = page.replace('href="./"', 'href="#"')
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = _with_policy(
        page.replace("</body>", f"<script>{script}</script>\n</body>"),
        "default-src 'none'; img-src data: blob:; connect-src data:; worker-src blob:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
    )
    if left := re.findall(r'"static/[^"]*"', page):
        raise ValueError(f"The page still names {', '.join(left)}.")
    return page


def _in_brief(card: bytes) -> bytes:
    """The model's card with the rows that Look inside shows. All of them would be 50 kB."""
    brief = json.loads(card)
    if "proof" in brief:
        brief["proof"]["rows"] = {SHOWN_ROWS: brief["proof"]["rows"].get(SHOWN_ROWS, {})}
    return json.dumps(brief, ensure_ascii=False, separators=(",", ":")).encode()


def _policy() -> str:
    """The server's policy, but for its part that only a header can say."""
    parts = ALWAYS["Content-Security-Policy"].split("; ")
    return "; ".join(part for part in parts if not part.startswith("frame-ancestors"))


def _with_policy(page: str, policy: str) -> str:
    meta = f'  <meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    return page.replace(IN_HEAD, IN_HEAD + meta, 1)


def _text(file: File) -> str:
    return file.body.decode()


def _data_url(file: File) -> str:
    kind = file.kind.replace("; ", ";")
    return f"data:{kind};base64,{base64.b64encode(file.body).decode()}"


def main() -> None:
    folder = ROOT / "site"
    settings = Settings("no visitor, so no secret", inkling_env="production")
    app = create_app(settings)
    with app.test_request_context("/"):
        if not services().device_files:
            sys.exit("The model has no weights for the device; `python train.py` makes them.")
        build(folder)
    for name in ("", ONE_FILE):
        files = [folder / name] if name else [path for path in folder.rglob("*") if path.is_file()]
        size_kb = sum(path.stat().st_size for path in files) / 1000
        print(f"{folder.name}/{name:14} {size_kb:6.0f} kB")


if __name__ == "__main__":
    main()
