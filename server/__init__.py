"""How bytes become requests: waitress, by itself or in gunicorn's workers.

Of the app it knows only the limits and settings in app/config.py.
"""
