"""Keep the values that must never change: the lock file, the manifest, and the matching of folders to records."""
