"""Errors as answers: one JSON shape for programs, a page for people, no internals."""

from __future__ import annotations

from flask import Flask, current_app, g, jsonify, make_response, render_template, request
from flask.globals import request_ctx
from flask.wrappers import Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.config import MAX_BODY_BYTES
from app.web.errors import CODES, StaleForm, as_body, status_of
from app.web.negotiation import wants_json
from reader.decoding import MAX_IMAGE_BYTES
from reader.errors import InklingError, TooLarge


def init_app(app: Flask) -> None:
    app.register_error_handler(InklingError, _inkling_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _answer(status: int, code: str, message: str) -> Response:
    g.error_code = code  # for the log and the counters
    body = as_body(code, message)
    # A bad Host header leaves no address to link to, so a page could not name its style sheet.
    if wants_json() or request_ctx.url_adapter is None:
        return make_response(jsonify(body), status)
    return make_response(render_template("error.html", status=status, **body), status)


def _inkling_error(error: InklingError) -> Response:
    come_back_s = getattr(error, "retry_after_s", None)
    if status_of(error) >= 500 and come_back_s is None:
        _write_down(error)
    answer = _answer(status_of(error), error.code, error.message)
    if come_back_s is not None:
        answer.headers["Retry-After"] = str(come_back_s)
    return answer


OPEN_TOO_LONG = "The page was open too long. Load it again; your drawing can be sent again."
NO_COOKIE = "Inkling needs a cookie, and your browser sent none. Allow cookies for this page."


def _stale_form(_: CSRFError) -> Response:
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return _inkling_error(StaleForm(NO_COOKIE))
    return _inkling_error(StaleForm(OPEN_TOO_LONG))


def _too_large(_: RequestEntityTooLarge) -> Response:
    return _inkling_error(
        TooLarge(
            f"That is too large: a request may have {MAX_BODY_BYTES // 1024**2} MB, "
            f"a picture {MAX_IMAGE_BYTES // 1024**2} MB."
        )
    )


HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 429: "too_many_requests", 503: "busy"}
HEADERS_TO_KEEP = ("Allow", "Retry-After")


def _http_error(error: HTTPException) -> Response:
    original = error.get_response()
    status = original.status_code
    code = HTTP_CODES.get(status, "bad_request")
    _, meaning = CODES[code]
    response = _answer(status, code, meaning)
    for name in HEADERS_TO_KEEP:
        if name in original.headers:
            response.headers[name] = original.headers[name]
    return response


def _unexpected(error: Exception) -> Response:
    _write_down(error)
    return _answer(
        500,
        "server_error",
        "Something went wrong here. It is not your drawing. "
        f"Whoever runs this can find out more by the number {g.request_id}.",
    )


def _write_down(error: Exception) -> None:
    current_app.logger.error(
        "fault in request %s", g.request_id, exc_info=error,
        extra={"fields": {"request_id": g.request_id}},
    )  # fmt: skip
