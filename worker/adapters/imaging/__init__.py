"""Imaging: hostile bytes become clean pictures, in a process that may die of them."""
