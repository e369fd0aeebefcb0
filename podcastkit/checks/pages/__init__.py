"""Pages of rules without a function: what they tell is found where files are read, or a show is published."""
