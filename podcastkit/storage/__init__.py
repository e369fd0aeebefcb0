"""Where a show is published: the promise (base), a folder (local), an S3-compatible bucket (s3)."""
