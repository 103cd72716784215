"""Data to train on and to evaluate on: MNIST, drawings, junk. Never imports TensorFlow."""
