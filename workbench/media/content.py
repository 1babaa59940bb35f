"""Tell what a file is from its first bytes, and whether it is all there.

The name of a file is a claim; its bytes are the fact. Downloads that failed leave web pages called `.jpg`,
and copies that broke off leave files shorter than their own headers say. Both show here without a decoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import MediaError

__all__ = ["MEDIA_EXTENSIONS", "Content", "read_content", "sniff"]

_HEADER_BYTES = 512

_EXTENSIONS = {
    "image": "jpg jpeg jpe jfif png apng gif webp bmp tif tiff avif ppm pgm pbm jp2 ico tga qoi heic heif",
    "video": "mp4 m4v mov mkv webm avi mpg mpeg ts m2ts mts flv wmv ogv 3gp",
    "audio": "wav mp3 flac ogg oga opus m4a aac aif aiff wma weba amr au",
}

MEDIA_EXTENSIONS: dict[str, str] = {
    f".{extension}": media for media, extensions in _EXTENSIONS.items() for extension in extensions.split()
}
"""What a file name claims to be, by its lower-case extension."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the bytes are: a format name, and the media kinds the format can hold."""

    name: str
    kinds: tuple[str, ...]


_IMAGE, _VIDEO, _AUDIO = ("image",), ("video",), ("audio",)
_EITHER = ("video", "audio")  # containers that hold pictures, sound, or both: a decoder must look inside
_NOT_MEDIA: tuple[str, ...] = ()

_SIGNATURES: tuple[tuple[bytes, Content], ...] = (
    (b"\xff\xd8\xff", Content("JPEG image", _IMAGE)),
    (b"\x89PNG\r\n\x1a\n", Content("PNG image", _IMAGE)),
    (b"GIF87a", Content("GIF image", _IMAGE)),
    (b"GIF89a", Content("GIF image", _IMAGE)),
    (b"II*\x00", Content("TIFF image", _IMAGE)),
    (b"MM\x00*", Content("TIFF image", _IMAGE)),
    (b"\x00\x00\x00\x0cjP  ", Content("JPEG 2000 image", _IMAGE)),
    (b"\x00\x00\x01\x00", Content("icon", _IMAGE)),
    (b"qoif", Content("QOI image", _IMAGE)),
    (b"fLaC", Content("FLAC audio", _AUDIO)),
    (b"ID3", Content("MP3 audio", _AUDIO)),
    (b"FORM", Content("AIFF audio", _AUDIO)),
    (b".snd", Content("AU audio", _AUDIO)),
    (b"#!AMR", Content("AMR audio", _AUDIO)),
    (b"OggS", Content("Ogg file", _EITHER)),
    (b"\x1aE\xdf\xa3", Content("Matroska/WebM file", _EITHER)),
    (b"0&\xb2u\x8ef\xcf\x11", Content("Windows Media file", _EITHER)),
    (b"FLV\x01", Content("Flash video", _VIDEO)),
    (b"\x00\x00\x01\xba", Content("MPEG video", _EITHER)),
    (b"\x00\x00\x01\xb3", Content("MPEG video", _VIDEO)),
    (b"%PDF", Content("PDF document", _NOT_MEDIA)),
    (b"PK\x03\x04", Content("ZIP archive", _NOT_MEDIA)),
    (b"\x1f\x8b", Content("gzip archive", _NOT_MEDIA)),
    (b"PAR1", Content("Parquet table", _NOT_MEDIA)),
    (b"\x7fELF", Content("program", _NOT_MEDIA)),
    (b"version https://git-lfs", Content("Git LFS pointer, not the file it stands for", _NOT_MEDIA)),
)
_RIFF_FORMS = {
    b"WEBP": Content("WebP image", _IMAGE),
    b"WAVE": Content("WAV audio", _AUDIO),
    b"AVI ": Content("AVI video", _EITHER),
}


def sniff(header: bytes) -> Content | None:
    """Name the format from the first bytes of a file; None when no known format starts like this.

    Example:
        >>> sniff(b"\\x89PNG\\r\\n\\x1a\\n").name
        'PNG image'
        >>> sniff(b"<!DOCTYPE html><title>404</title>").name
        'web page'
    """
    if header[:4] in (b"RIFF", b"RF64"):
        return _RIFF_FORMS.get(header[8:12])
    for signature, content in _SIGNATURES:
        if header.startswith(signature):
            return content
    if header[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return _iso_content(header)
    start = header.lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return Content("web page", _NOT_MEDIA)
    if start.startswith((b"<?xml", b"<svg")):
        return Content("XML or SVG text", _NOT_MEDIA)
    if len(header) > 188 and header[0] == 0x47 and header[188] == 0x47:
        return Content("MPEG transport stream", _EITHER)
    if header[:2] == b"BM":
        return Content("BMP image", _IMAGE)
    if header[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"):
        return Content("PNM image", _IMAGE)
    # MPEG audio frames start with eleven set bits; layer bits 00 are ADTS AAC, anything else MP1-3.
    if len(header) > 3 and header[0] == 0xFF and header[1] & 0xE0 == 0xE0:
        return Content("MPEG audio", _AUDIO)
    return None


def _iso_content(header: bytes) -> Content:
    brand = header[8:12]
    if brand in (b"avif", b"avis"):
        return Content("AVIF image", _IMAGE)
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return Content("HEIC image", _IMAGE)
    if brand in (b"M4A ", b"M4B "):
        return Content("M4A audio", _AUDIO)
    return Content("MP4 file", _EITHER)


def read_content(path: Path) -> Content:
    """Read what a file is, refusing what can be no media file at all.

    Args:
        path: the file.

    Returns:
        The format; when the bytes match no known signature, what its extension claims (a decoder will tell).

    Raises:
        MediaError: missing, not a regular file, unreadable, empty, cut off, not media, or of another kind of
            media than its extension says.
    """
    header, size_bytes = _read_header(path)
    claimed = MEDIA_EXTENSIONS.get(path.suffix.lower())
    content = sniff(header)
    if content is None and header.strip(b"\x00") == b"":
        raise MediaError(
            f"the file starts with {len(header)} zero bytes: it was never written in full.", "Copy it again."
        )
    if content is None and claimed is None:
        raise MediaError(f"the content is no known image, video or audio format ({_start(header)}).")
    if content is None:
        content = Content(f"unknown content ({_start(header)})", (str(claimed),))
    if not content.kinds:
        raise MediaError(
            f"the content is a {content.name}, not an image, video or audio file.", "Fetch it again."
        )
    if claimed is not None and claimed not in content.kinds and not _may_be_sound(claimed, content):
        raise MediaError(
            f"the name ends in {path.suffix} ({claimed}) "
            f"but the content is {content.name} ({content.kinds[0]}).",
            "Rename the file if the content is right.",
        )
    _refuse_cut_off(header, size_bytes)
    return content


def _may_be_sound(claimed: str, content: Content) -> bool:
    # M4A is an MP4 with sound only, and is at times called .mp4: the same container, so no disagreement.
    return claimed == "video" and content.name == "M4A audio"


def _read_header(path: Path) -> tuple[bytes, int]:
    try:
        if path.is_dir():
            raise MediaError("this is a folder, not a file.")
        if path.exists() and not path.is_file():
            raise MediaError("this is not a regular file (a device, pipe or socket).")
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        raise MediaError("there is no such file.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MediaError(f"the file cannot be opened: {reason}.") from error
    if size_bytes == 0:
        raise MediaError("the file is empty (0 bytes).", "Copy it again.")
    return header, size_bytes


def _refuse_cut_off(header: bytes, size_bytes: int) -> None:
    declared = _declared_size_bytes(header)
    if declared is not None and declared > size_bytes:
        raise MediaError(
            f"the file is cut off: its header promises {declared:,} bytes, {size_bytes:,} are there.",
            "Copy it again.",
        )


def _declared_size_bytes(header: bytes) -> int | None:
    """Size the container says it has (RIFF and EBML only); None when it does not say."""
    if header[:4] == b"RIFF":
        size = int.from_bytes(header[4:8], "little")
        # Recorders that stream leave 0 or all ones there: not known when the header was written.
        return None if size in (0, 0xFFFFFFFF) or size >= 0xFFFFFFF0 else size + 8
    if header[:4] == b"\x1aE\xdf\xa3":
        return _declared_matroska_size_bytes(header)
    return None


def _declared_matroska_size_bytes(header: bytes) -> int | None:
    ebml_size, after = _ebml_size(header, 4)
    if ebml_size is None:
        return None
    segment = after + ebml_size
    if header[segment : segment + 4] != b"\x18S\x80g":
        return None
    segment_size, after = _ebml_size(header, segment + 4)
    return None if segment_size is None else after + segment_size


def _ebml_size(header: bytes, at: int) -> tuple[int | None, int]:
    """Read one EBML variable-length size; None for 'unknown' (all ones) or past the header."""
    if at >= len(header) or header[at] == 0:
        return None, at
    length = 9 - header[at].bit_length()
    raw = header[at : at + length]
    value = int.from_bytes(raw, "big") & ((1 << 7 * length) - 1)
    is_unknown = value == (1 << 7 * length) - 1
    return (None if is_unknown else value), at + length


def _start(header: bytes) -> str:
    text = header[:16].decode("ascii", "replace")
    return f"it starts with {text!r}" if text.isprintable() else f"it starts with bytes {header[:8].hex(' ')}"
