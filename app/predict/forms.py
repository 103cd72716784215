"""The page's form: a picture or strokes. CSRF protection comes with it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import HiddenField

from app.predict.drawings import (
    Charge,
    Drawing,
    drawing_from_file,
    drawing_from_strokes_text,
)
from app.web.errors import BadRequest


class PredictForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """What the page sends: the field `image` or the field `strokes`."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: FlaskForm, _: object) -> CombinedMultiDict[str, Any] | None:
            """Take form fields only. Flask-WTF would take JSON too, without our checks on JSON."""
            sent: CombinedMultiDict[str, Any] = CombinedMultiDict((request.files, request.form))
            return sent if form.is_submitted() else None

    image = FileField()
    strokes = HiddenField()

    def drawing(self, charge: Charge) -> Drawing:
        """The drawing or the picture in the form."""
        if self.image.data:
            return drawing_from_file(self.image.data.read(), charge)
        if self.strokes.data and isinstance(self.strokes.data, str):  # may be a file
            return drawing_from_strokes_text(self.strokes.data, charge)
        raise BadRequest("Choose a picture first, or draw a digit.", "nothing_sent")
