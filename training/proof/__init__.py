"""What the shipped model is worth, row by row, and the guard that it stays so.

    hand         how a hand draws: curves through points, never twice the same
    styles       the ways people write their digits
    not_digits   what is no digit: scribbles, smileys, a photo of nothing
    pictures     all of these as digit images, by the app's own ink and framing
    row, rows    one row of the proof, and every one, from a model and files of drawings
    card         the rows in the model's card and on its page, and whether they still hold
    sheets       the mistakes, to be looked at
    command      `train.py prove`

None of these drawings is ever trained on, and the junk made for training has its own shapes.
"""
