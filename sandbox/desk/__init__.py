"""The desk: the page on which somebody lives a story as several people of the company at once."""
