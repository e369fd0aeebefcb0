"""The pages of rules that have no function in the catalogue: what is found where files are read or a show goes out."""
