"""The headers of every answer: security headers, and how long a browser may keep the answer."""

from __future__ import annotations

from collections.abc import Sequence

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

from app.services import services_of


def strict(frame_ancestors: Sequence[str] = ("'none'",)) -> dict[str, str]:
    """The headers of every answer; the pages of `frame_ancestors` may show it in a frame."""
    secure = Secure(
        csp=ContentSecurityPolicy()
        .default_src("'self'")
        .img_src("'self'", "data:", "blob:")
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors(*frame_ancestors),
        corp=CrossOriginResourcePolicy().same_origin(),
        # The page takes photos through a file input, which needs no permission.
        permissions=PermissionsPolicy().camera().microphone().geolocation().payment().usb(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions(),
    )
    return dict(secure.validate_and_normalize_headers().headers)


# The library is asked once, at the start, not for every answer.
ALWAYS = strict()
OVER_TLS = {"Strict-Transport-Security": StrictTransportSecurity().max_age(31536000).header_value}

# A browser asks for a page again each time, because the page names the versions of its files, and
# its form holds a token. Unlike no-store, this lets a browser go back to a page with its drawing.
PAGE_CACHING = "private, no-cache"
NOT_KEPT = "no-store"


def init_app(app: Flask) -> None:
    ancestors = services_of(app).settings.frame_ancestors
    always = strict(ancestors) if ancestors else ALWAYS

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(always)
        if request.is_secure:
            response.headers.update(OVER_TLS)
        if "Cache-Control" not in response.headers:
            is_page = response.mimetype == "text/html"
            response.headers["Cache-Control"] = PAGE_CACHING if is_page else NOT_KEPT
        return response
