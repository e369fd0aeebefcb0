"""Fetch a live feed and everything that it names, as podcast apps fetch them."""
