"""Publish a limited-series podcast from a folder of episodes.

`__init__.pyi` lists the public names. A name is imported when it is first used, so `import podcastkit` is fast.
"""

import lazy_loader

from podcastkit.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
