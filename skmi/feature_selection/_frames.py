"""Selectors that give a frame back as they got it."""

from sklearn.feature_selection import SelectorMixin


class FrameSelectorMixin(SelectorMixin):
    """Placeholder."""
