"""The headers that every answer carries: what a browser may do with it, and how long to keep it."""

from __future__ import annotations

from flask import Flask, Response, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
)

# The library knows the names and spells them right; it is asked once, not for every answer.
ALWAYS = dict(
    Secure(
        csp=ContentSecurityPolicy()
        .default_src("'self'")
        .img_src("'self'", "data:", "blob:")
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'"),
        corp=CrossOriginResourcePolicy().same_origin(),
        # The page takes photos through a file input, which needs no permission.
        permissions=PermissionsPolicy().camera().microphone().geolocation().payment().usb(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions(),
    )
    .validate_and_normalize_headers()
    .headers
)
OVER_TLS = {"Strict-Transport-Security": StrictTransportSecurity().max_age(31536000).header_value}

# A page is asked for anew each time: it names the version of the files it needs, and its form holds
# a token. Unlike no-store, this lets a browser go back to a page with the drawing still on it.
PAGE_CACHING = "private, no-cache"
NOT_KEPT = "no-store"


def init_app(app: Flask) -> None:
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.update(ALWAYS)
    if request.is_secure:
        response.headers.update(OVER_TLS)
    if "Cache-Control" not in response.headers:
        is_page = response.mimetype == "text/html"
        response.headers["Cache-Control"] = PAGE_CACHING if is_page else NOT_KEPT
    return response
