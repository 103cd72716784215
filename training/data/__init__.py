"""What a run learns from and is measured on: MNIST, drawings, junk. Never imports TensorFlow."""
