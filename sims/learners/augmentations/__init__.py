"""Augmentations: what descent does to every training batch. A new augmentation is one file in this folder."""
