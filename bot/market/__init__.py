"""Dated tables of who tunes what and what it costs, and what reads them."""
