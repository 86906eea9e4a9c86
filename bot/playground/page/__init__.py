"""The page on which people see the Slack on localhost, and speak in it."""
