"""Formats that differ from those of Django: British dates in English."""
