"""The team view: who decided what and when, and how far people agree."""
