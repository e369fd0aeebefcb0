"""Convert show notes: Markdown, plain text, HTML and Word to sanitized HTML and plain text."""
