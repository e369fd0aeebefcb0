"""Convert show notes: Markdown, plain text, HTML and Word to sanitised HTML and plain text."""
