"""Read and write audio and image files: probing, measuring, mastering, tags, artwork."""
