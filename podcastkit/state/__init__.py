"""Remember what must never change: the lock, the manifest, their records, the matching of renamed folders."""
