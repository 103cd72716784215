"""Makes the model: `train.py` at the top of the repository runs these commands.

    cli, options            the command line, and every choice of a run
    run, compare, search    one run from data to files; several networks; a search for options
    lr_find, shipped        a sweep of the learning rate; the shipped model, kept aside
    data/                   MNIST, drawings and junk become examples; never imports TensorFlow
    learning/               networks, augmentation, the training loop, snapshots
    judging/                calibration, figures, plots, the report
    proof/                  what the shipped model is proved with; never trained on
    export, files, errors   model files and cards; files written whole; errors in plain words

Ink and framing come from `reader/`, so the network is trained on the pictures that it will be
served. This package never imports the web app, and the web app never imports this package.
"""
