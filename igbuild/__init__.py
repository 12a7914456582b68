"""Build a Gymnasium or PettingZoo environment into a browser game."""

__version__ = "0.1.0"
