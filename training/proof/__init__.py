"""The proof of the shipped model: figures row by row, and a check that they have not fallen.

    hand         how a hand draws: curves through points, different every time
    styles       the ways people write their digits
    katakana     letters of another script
    not_digits   what is no digit: scribbles, smileys, a photo without writing
    pictures     all of these as digit images, with the reader's own ink and framing
    row, rows    one row of the proof, and all rows of a model
    card         the rows in the model's card and on its page
    sheets       pictures of the mistakes
    command      `train.py prove`

None of these drawings is ever trained on. The junk made for training has shapes of its own.
"""
