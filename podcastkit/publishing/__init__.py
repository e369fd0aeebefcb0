"""A show becomes public, all or nothing, and can be gone back from: plans, and what carries them out."""
