"""The categories of Apple Podcasts, which all directories use."""

from __future__ import annotations

import difflib
import re

from podcastkit.model import Category
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

# https://podcasters.apple.com/support/1691-apple-podcasts-categories
APPLE_CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "History": (),
    "Health & Fitness": ("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga",
        "Automotive",
        "Aviation",
        "Crafts",
        "Games",
        "Hobbies",
        "Home & Garden",
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News",
        "Daily News",
        "Entertainment News",
        "News Commentary",
        "Politics",
        "Sports News",
        "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism",
        "Christianity",
        "Hinduism",
        "Islam",
        "Judaism",
        "Religion",
        "Spirituality",
    ),
    "Science": (
        "Astronomy",
        "Chemistry",
        "Earth Sciences",
        "Life Sciences",
        "Mathematics",
        "Natural Sciences",
        "Nature",
        "Physics",
        "Social Sciences",
    ),
    "Society & Culture": ("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    "Sports": (
        "Baseball",
        "Basketball",
        "Cricket",
        "Fantasy Sports",
        "Football",
        "Golf",
        "Hockey",
        "Rugby",
        "Running",
        "Soccer",
        "Swimming",
        "Tennis",
        "Volleyball",
        "Wilderness",
        "Wrestling",
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}


_MIN_SIMILARITY = 0.8
"""The minimum similarity (0 to 1) of two spellings of one category. Less similar names are other subjects."""


def parse_category(written: str) -> Category | Problem:
    """Read `Education` or `Education > Self-Improvement`; the spelling must be that of Apple."""
    name, arrow, sub = (part.strip() for part in written.partition(">"))
    if name in APPLE_CATEGORIES and (not arrow or sub in APPLE_CATEGORIES[name]):
        return Category(name=name, sub=sub or None)
    nearest = _find_nearest_category(written)
    subcategories = ", ".join(f'"{name} > {sub}"' for sub in APPLE_CATEGORIES.get(name, ()))
    choices = subcategories or ", ".join(APPLE_CATEGORIES)
    hint = f'write "{nearest}"' if nearest else f"choose the best match: {choices}"
    return Problem(f"{quote(written)} is not an Apple Podcasts category", hint)


def _find_nearest_category(written: str) -> Category | None:
    categories: dict[str, Category] = {}
    # A subcategory also matches alone; a main category of the same name takes precedence.
    for name, subs in APPLE_CATEGORIES.items():
        for sub in subs:
            categories.setdefault(_simplify_name(sub), Category(name=name, sub=sub))
            categories[_simplify_name(f"{name}>{sub}")] = Category(name=name, sub=sub)
    categories |= {_simplify_name(name): Category(name=name) for name in APPLE_CATEGORIES}
    nearest = difflib.get_close_matches(_simplify_name(written), categories, n=1, cutoff=_MIN_SIMILARITY)
    return categories[nearest[0]] if nearest else None


def _simplify_name(text: str) -> str:
    return re.sub(r"\band\b|[^\w>]", "", text.casefold())
