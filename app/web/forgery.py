"""CSRF protection: only the page's own form is accepted, not a form on another site."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect

_protection = CSRFProtect()


def init_app(app: Flask) -> None:
    _protection.init_app(app)


def exempt(blueprint: Blueprint) -> None:
    """Leave out routes for programs: they use no cookie, so there is nothing to forge."""
    _protection.exempt(blueprint)
