"""The values that all packages share: a show, its episodes, their files, and the feed. No I/O.

All are frozen dataclasses. Constructors trust their arguments; the modules that read files check them. A missing
value is None. Moments are aware datetimes, durations are timedeltas, and sizes are in bytes.
"""

from podcastkit.model.audio import Audio as Audio
from podcastkit.model.audio import Chapter as Chapter
from podcastkit.model.audio import Clip as Clip
from podcastkit.model.audio import Extent as Extent
from podcastkit.model.audio import Measurement as Measurement
from podcastkit.model.audio import Media as Media
from podcastkit.model.audio import MediaTags as MediaTags
from podcastkit.model.episode import Alternate as Alternate
from podcastkit.model.episode import AlternateAudio as AlternateAudio
from podcastkit.model.episode import Episode as Episode
from podcastkit.model.episode import EpisodeAudio as EpisodeAudio
from podcastkit.model.feed import Edition as Edition
from podcastkit.model.feed import Frequency as Frequency
from podcastkit.model.feed import Item as Item
from podcastkit.model.feed import LinkedFile as LinkedFile
from podcastkit.model.feed import LiveFeed as LiveFeed
from podcastkit.model.feed import LiveItem as LiveItem
from podcastkit.model.feed import PublicFile as PublicFile
from podcastkit.model.feed import PublicPicture as PublicPicture
from podcastkit.model.files import HEAVY_ARTWORK as HEAVY_ARTWORK
from podcastkit.model.files import Artwork as Artwork
from podcastkit.model.files import Document as Document
from podcastkit.model.files import Picture as Picture
from podcastkit.model.files import SourceFile as SourceFile
from podcastkit.model.files import Stamp as Stamp
from podcastkit.model.metadata import Block as Block
from podcastkit.model.metadata import Category as Category
from podcastkit.model.metadata import ContentLink as ContentLink
from podcastkit.model.metadata import EpisodeType as EpisodeType
from podcastkit.model.metadata import Funding as Funding
from podcastkit.model.metadata import License as License
from podcastkit.model.metadata import Owner as Owner
from podcastkit.model.metadata import Person as Person
from podcastkit.model.metadata import Place as Place
from podcastkit.model.metadata import RemoteFeed as RemoteFeed
from podcastkit.model.metadata import ShowType as ShowType
from podcastkit.model.metadata import Social as Social
from podcastkit.model.metadata import Soundbite as Soundbite
from podcastkit.model.metadata import Text as Text
from podcastkit.model.metadata import Txt as Txt
from podcastkit.model.records import AlternateRecord as AlternateRecord
from podcastkit.model.records import EpisodeRecord as EpisodeRecord
from podcastkit.model.records import Records as Records
from podcastkit.model.records import Withdrawal as Withdrawal
from podcastkit.model.settings import AudioSettings as AudioSettings
from podcastkit.model.settings import PublishSettings as PublishSettings
from podcastkit.model.settings import Schedule as Schedule
from podcastkit.model.settings import Silence as Silence
from podcastkit.model.show import CheckedShow as CheckedShow
from podcastkit.model.show import Show as Show
