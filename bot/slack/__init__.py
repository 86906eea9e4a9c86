"""Slack: what we show there, what we hear there, and the way in and out."""
