"""The texts of the service worker and of the manifest, for a server and for a folder of files.

Owns which files a page keeps and the version of them all together. `url_for` says where they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import current_app, render_template

from app.services import services
from app.web.static_files import static_files_of

# Fetched by a system that installs the page, not by the page.
FOR_INSTALLING = ("icons/",)
FOR_THE_DEVICE = ("reader/",)
LARGE = ("reader/snapshots/",)  # fetched when somebody asks for them

Address = Callable[..., str]


def page_text(url_for: Address, where_read: str, *, is_site: bool = False) -> str:
    """The page as everybody gets it: without a form's token."""
    return render_template(
        "predict/index.html",
        url_for=url_for,
        where_read=where_read,
        has_device_files=bool(services().device_files),
        has_snapshots=services().has_snapshots,
        is_site=is_site,
        form=None,
        reading=None,
        error=None,
    )


def service_worker_text(url_for: Address, where_read: str, *, is_site: bool = False) -> str:
    names = static_files_of(current_app).files
    unwanted = FOR_INSTALLING + (LARGE if where_read != "server" else FOR_THE_DEVICE)
    files = [url_for("static", filename=name) for name in names if not name.startswith(unwanted)]
    page = page_text(url_for, where_read, is_site=is_site)
    return render_template(
        "offline/service_worker.js",
        page=url_for("pages.index"),
        named=[address for address in files if address in page],
        files=files,
        version=hashlib.sha256("\n".join([page, *files]).encode()).hexdigest()[:12],
    )


def manifest_text(url_for: Address) -> str:
    return render_template("offline/manifest.webmanifest", url_for=url_for)
