"""Judging motion: metrics and speed."""
