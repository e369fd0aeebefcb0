"""Pages on what is found while a show is published, and on what it was published as."""

from __future__ import annotations

from podcastkit.checks.rule import found_on_reading
from podcastkit.diagnostics import Severity

for _code in ("S106", "E106"):
    found_on_reading(
        _code,
        Severity.ERROR,
        page="""
        Two places tell different GUIDs for the same thing: the settings, podcastkit.lock, or the destination.

        Apps and directories know a show and its episodes by their GUIDs. Under another one, everything would be new
        to them: listeners get old episodes a second time, and lose what they had heard half of.

        **Solution**: find out which GUID the public feed has, and remove the other: the line `guid` in show.toml or
        the notes, or a podcastkit.lock that belongs to another show. Do not make up a new one.

        Source: Apple, on episode GUIDs (support page 4115); podcast namespace, `guid`: it is given once, for life.
        """,
    )

found_on_reading(
    "S111",
    Severity.WARNING,
    page="""
    The show is published, but podcastkit.lock could not be written.

    podcastkit.lock remembers what must never change. Until it is written only the destination knows that, and if it
    were lost, apps would show every episode a second time.

    **Solution**: make room on the disk, or give yourself the right to write into the show's folder; then publish
    again.
    """,
)

found_on_reading(
    "S112",
    Severity.WARNING,
    page="""
    The destination cannot promise that nobody else publishes at the same moment.

    Amazon S3, R2 and others refuse to overwrite a feed that changed in between; this store does not. podcastkit
    looks just before each write instead. Of two that publish in the same moment, one could undo the other's work.

    **Solution**: let only one person or computer publish at a time, or use a store that keeps such conditions.

    Source: RFC 9110, section 13, on conditional requests.
    """,
)

found_on_reading(
    "A103",
    Severity.ERROR,
    page="""
    The audio for listeners could not be made of an episode's recording.

    The recording may be damaged or cut short, or there is no room for the file that is made of it. The episode is
    held back; one that is public stays as it is, and the others go out.

    **Solution**: do what the finding says, which depends on the reason. If the recording is damaged, export or copy
    it again.
    """,
)

found_on_reading(
    "A215",
    Severity.WARNING,
    page="""
    What was made of a master is not as loud as the settings say, or its peaks are higher than -1 dBTP.

    The limiter could do no more without spoiling the sound: the target is too high for it, or its peaks stand too
    far above the rest. It is published as it is, and sounds quieter than other episodes, or distorted in some apps.

    **Solution**: leave `loudness` under `[audio]` at -16, or lower the loudest places (a clap, a laugh) in your
    audio editor and export it again.
    """,
)
