"""Write and read RSS feeds: the only package that uses feedgen and lxml."""
