"""How requests come in: waitress, alone or in gunicorn's workers. Knows of the
app only its limits."""
