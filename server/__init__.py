"""How requests come in, under gunicorn. Knows of the app how strokes are sent, how large a body may
be and who words a refusal.
"""
