"""The proof of the shipped model: figures row by row, and a check that they have not fallen.

    made, no_writing    drawings made by code, kept as data; pictures without writing
    flags, corruptions  dev drawings with other flags; pictures with something over them
    views               dev drawings in other ways, as the app sees them
    numbers             numbers of several digits
    row, rows           one row of the proof with its interval, and all rows of a model
    gate                whether a model may take the place of another
    card, habits        the rows in the model's card and on its page; what it confuses
    sheets              pictures of the mistakes
    command             `train.py prove`

None of these drawings is ever trained on. Training makes its own with other code.
"""
