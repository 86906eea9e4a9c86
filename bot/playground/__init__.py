"""A Slack on localhost: its Web API, its events and its people, for tests and for trying out."""
