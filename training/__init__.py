"""Everything that makes a model: data, networks, augmentation, fitting, export, reports, search.

`train.py` at the top of the repository is the door. The web app never imports this package;
this package imports the app's ink and framing code, so that what is trained on is what is served.
"""
