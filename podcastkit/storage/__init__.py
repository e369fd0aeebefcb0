"""Store published files: the protocol (base), a folder (local), an S3-compatible bucket (s3)."""
