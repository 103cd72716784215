"""A network, and how it learns: layers, augmentation, the loop, teachers."""
