"""The classroom's pages. They hold no drawing and no secret: their scripts ask the API."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.rooms import limits
from app.rooms.addresses import pupils_address, qr
from app.rooms.names import as_code
from app.rooms.service import store
from app.rooms.store import MOST_POINTS, NoRoom, classes_of
from app.services import services

pages = Blueprint("room_pages", __name__)


@pages.get("/rooms")
def opening() -> ResponseReturnValue:
    """Where a teacher opens a room, and a pupil types a code."""
    typed = request.args.get("code")
    if typed and (code := as_code(typed)):
        return redirect(url_for("room_pages.join", code=code))
    return render_template("rooms/opening.html", typed=typed, hours=services().settings.room_hours)


@pages.get("/r/<code>")
def join(code: str) -> ResponseReturnValue:
    return _page("pupil", code)


@pages.get("/r/<code>/wall")
def wall(code: str) -> ResponseReturnValue:
    join_url = pupils_address(as_code(code) or code)
    place = join_url.partition("://")[2].partition("/r/")[0] + url_for("room_pages.opening")
    return _page("wall", code, join_qr=qr(join_url), join_place=place)


@pages.get("/r/<code>/teacher")
def teacher(code: str) -> ResponseReturnValue:
    return _page("teacher", code)


@pages.get("/privacy")
def privacy() -> ResponseReturnValue:
    return render_template("rooms/privacy.html", hours=services().settings.room_hours)


def _page(name: str, code: str, **shown: str) -> ResponseReturnValue:
    limits.may_guess()
    known = as_code(code)
    if known is None:
        raise NoRoom
    room = store().room(known)
    if known != code:  # typed in small letters
        return redirect(url_for(request.endpoint or abort(404), code=known))
    shown["where_read"] = services().where_read
    return render_template(
        f"rooms/{name}.html",
        code=known,
        most_points=MOST_POINTS,
        classes=classes_of(room),
        is_read=store().is_read(room),
        **shown,
    )
