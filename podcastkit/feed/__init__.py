"""Values to RSS bytes and back: the only home of feedgen and lxml."""
