"""Networks and how they learn: layers, augmentation, the training loop, teachers."""
