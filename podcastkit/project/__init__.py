"""Read a show folder: discovery, show.toml, front matter, episodes, translations."""
