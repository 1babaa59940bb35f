"""Damaged and hostile files and rows: each ends in a reject with a reason a person understands.

Every case is put beside one good photo with one good caption, and ingested. The good one must come in, the
bad one must not, and the counts must add up. All files are made here.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import pytest
from PIL import Image

from workbench.ingest import ingest
from workbench.store import Store

# ruff: noqa: E501 - the cases read as tables
GOOD_ROW = {"path": "good.jpg", "text": "a grey square"}


def image_bytes(format: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB") -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(buffer, format)
    return buffer.getvalue()


def wav_bytes(samples: np.ndarray, *, kind: int = 1, channels: int = 1, rate_hz: int = 8_000) -> bytes:
    data, bits = samples.tobytes(), samples.dtype.itemsize * 8
    fmt = struct.pack(
        "<HHIIHH", kind, channels, rate_hz, rate_hz * channels * bits // 8, channels * bits // 8, bits
    )
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def video_bytes(format: str = "mp4", codec: str = "libx264", *, has_index_first: bool = False) -> bytes:
    options = {"movflags": "faststart"} if has_index_first else {}
    with TemporaryDirectory() as folder:  # faststart reads back what it wrote: not possible in memory
        file = Path(folder) / "made"
        _write_video(file, format, codec, options)
        return file.read_bytes()


def _write_video(file: Path, format: str, codec: str, options: dict[str, str]) -> None:
    with av.open(str(file), "w", format=format, options=options) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        noise = np.random.default_rng(0).integers(0, 255, (20, 48, 64, 3), np.uint8)
        for index, pixels in enumerate(noise):
            frame = av.VideoFrame.from_ndarray(pixels)
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a picture of any size, followed by almost no data."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def cut(content: bytes, share: float = 0.5) -> bytes:
    return content[: int(len(content) * share)]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def quiet(count: int = 8_000) -> np.ndarray:
    return np.zeros(count, "<i2")


def not_numbers(value: float) -> np.ndarray:
    samples = np.zeros(8_000, "<f4")
    samples[4_000] = value
    return samples


# A file's name, what is in it, and words the reason must have.
BAD_FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "truncated JPEG": ("bad.jpg", lambda: cut(image_bytes()), "cut off"),
    "JPEG of its header alone": ("bad.jpg", lambda: image_bytes()[:20], "cut off|damaged"),
    "truncated PNG": ("bad.png", lambda: cut(image_bytes("PNG")), "cut off|damaged"),
    "PNG with a flipped byte": ("bad.png", lambda: flipped(image_bytes("PNG"), 60), "damaged"),
    "PNG that promises more rows": ("bad.png", lambda: png_header(600, 400), "cut off|damaged"),
    "truncated WebP": ("bad.webp", lambda: cut(image_bytes("WEBP")), "cut off"),
    "truncated GIF": ("bad.gif", lambda: cut(image_bytes("GIF", mode="P")), "cut off|damaged"),
    "truncated TIFF": ("bad.tif", lambda: cut(image_bytes("TIFF")), "cut off|damaged"),
    "truncated BMP": ("bad.bmp", lambda: cut(image_bytes("BMP")), "cut off|damaged"),
    "decompression bomb": ("bad.png", lambda: png_header(60_000, 60_000), "too large.*120 megapixels"),
    "just above the pixel limit": ("bad.png", lambda: png_header(12_001, 10_000), "too large"),
    "zero bytes long": ("bad.jpg", lambda: b"", r"empty \(0 bytes\)"),
    "all zeros": ("bad.jpg", lambda: b"\0" * 5_000, "zero bytes"),
    "noise called JPEG": ("bad.jpg", lambda: b"\x07noise noise noise" * 40, "no image file"),
    "noise called MP4": ("bad.mp4", lambda: b"\x07noise noise noise" * 40, "no video file"),
    "noise without an extension": ("bad", lambda: b"\x07noise noise" * 40, "no known image, video or audio"),
    "web page called JPEG": ("bad.jpg", lambda: b"<!DOCTYPE html><title>404</title>", "web page"),
    "SVG called PNG": ("bad.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "PDF called JPEG": ("bad.jpg", lambda: b"%PDF-1.7 ...", "PDF"),
    "Git LFS pointer": ("bad.mp4", lambda: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    "JPEG called MP4": ("bad.mp4", image_bytes, "ends in .mp4 .video. but the content is JPEG image"),
    "WAV called JPEG": ("bad.jpg", lambda: wav_bytes(quiet()), "content is WAV audio"),
    "MP4 called WAV": ("bad.wav", video_bytes, "ends in .wav .audio. but the content is MP4 file with pictures"),
    "truncated MP4, index lost": ("bad.mp4", lambda: cut(video_bytes()), "cut off.*moov"),
    "truncated MP4, index kept": ("bad.mp4", lambda: cut(video_bytes(has_index_first=True), 0.7), "cut off"),
    "truncated Matroska": ("bad.mkv", lambda: cut(video_bytes("matroska")), "cut off"),
    "truncated AVI": ("bad.avi", lambda: cut(video_bytes("avi", "mpeg4")), "cut off"),
    "MP4 of one box": ("bad.mp4", lambda: video_bytes()[:32], "cut off or damaged"),
    "truncated WAV": ("bad.wav", lambda: cut(wav_bytes(quiet())), "cut off"),
    "WAV without samples": ("bad.wav", lambda: wav_bytes(quiet(0)), "no samples"),
    "WAV of its header alone": ("bad.wav", lambda: b"RIFF\x04\0\0\0WAVE", "cut off: it has no sample data"),
    "WAV at 0 Hz": ("bad.wav", lambda: wav_bytes(quiet(), rate_hz=0), "makes no sense.*0 Hz"),
    "WAV of no channels": ("bad.wav", lambda: wav_bytes(quiet(), channels=0), "makes no sense"),
    "WAV with NaN": ("bad.wav", lambda: wav_bytes(not_numbers(np.nan), kind=3), "not numbers.*0.500 s"),
    "WAV with infinity": ("bad.wav", lambda: wav_bytes(not_numbers(np.inf), kind=3), "not numbers"),
    "truncated FLAC": ("bad.flac", lambda: b"fLaC\0\0\0\x22" + b"\0" * 10, "damaged|cut off"),
    "MP3 tag and nothing else": ("bad.mp3", lambda: b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 300, "damaged|cut off|no sound|neither"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "make", "reason"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_bad_file_is_rejected_with_its_reason(
    store: Store, tmp_path: Path, name: str, make: Callable[[], bytes], reason: str
) -> None:
    (tmp_path / name).write_bytes(make())
    rejects = ingest_beside_good(store, tmp_path, json.dumps({"path": name, "text": "a caption"}).encode())
    assert_rejected(rejects, [(2, reason)])


def row(**fields: object) -> bytes:
    return json.dumps({"path": "clip.wav", "text": "a caption", **fields}).encode()


# One line of a captions.jsonl, and words the reason must have. clip.wav is one good second of silence.
BAD_ROWS: dict[str, tuple[bytes, str]] = {
    "caption not UTF-8": (b'{"path": "clip.wav", "text": "caf\xe9"}', "not UTF-8.*0xe9"),
    "caption of 1 MB": (row(text="word " * 200_000), "too long: 999,999 characters; the limit is 100,000"),
    "caption empty": (row(text=""), "caption is empty"),
    "caption of blanks": (row(text=" \t "), "caption is empty"),
    "caption missing": (b'{"path": "clip.wav"}', "caption is empty: the row has no text"),
    "caption a number": (row(text=7), "not text but a number"),
    "caption an object": (row(text={"en": "x"}), "not text but an object"),
    "no captions in the list": (row(text=[]), "list of captions has none"),
    "caption with a zero character": (row(text="a\0b"), "zero character"),
    "caption with half a character": (row(text="a\ud83d"), "half of a character"),
    "malformed JSON": (b'{"path": "clip.wav", "text": "a caption"', "not valid JSON"),
    "JSON that is no object": (b'["clip.wav", "a caption"]', "no object"),
    "JSON nested without end": (b"[" * 100_000, "nested too deep"),
    "path missing": (b'{"text": "a caption"}', "names no file"),
    "path a number": (row(path=5), "names no file"),
    "path of no file": (row(path="nowhere.jpg"), "no such file"),
    "path of a folder": (row(path="sub"), "folder, not a file"),
    "path out by dots": (row(path="../secret.jpg"), "leads out of the media folder"),
    "path out by dots in its middle": (row(path="sub/../../secret.jpg"), "leads out of the media folder"),
    "path absolute elsewhere": (row(path="/etc/hostname"), "leads out of the media folder"),
    "path a link out": (row(path="link.jpg"), "leads out of the media folder"),
    "path through a linked folder": (row(path="linked/secret.jpg"), "leads out of the media folder"),
    "path a link to itself": (row(path="loop.jpg"), "link that leads back to itself|symbolic links|no such file"),
    "path a broken link": (row(path="broken.jpg"), "no such file"),
    "path a pipe": (row(path="pipe.jpg"), "not a regular file"),
    "path a web address": (row(path="https://example.org/a.jpg"), "web address"),
    "path with a zero character": (row(path="a\0.jpg"), "the path holds a zero character"),
    "path too long": (row(path="x" * 5_000 + ".jpg"), "no such file|too long"),
    "kind unknown": (row(kind="poem"), "kind 'poem' is not known; known: caption, transcript, description"),
    "interval negative": (row(start_s=-1, end_s=0.5), "starts before 0"),
    "interval backwards": (row(start_s=0.8, end_s=0.2), "not after its start"),
    "interval of no length": (row(start_s=0.5, end_s=0.5), "not after its start"),
    "interval past the end": (row(start_s=0.5, end_s=9), "beyond the audio's end at 1.00 s"),
    "interval without an end": (row(start_s=0.5), "only a start"),
    "interval without a start": (row(end_s=0.5), "only an end"),
    "time NaN": (b'{"path": "clip.wav", "text": "x", "start_s": NaN, "end_s": 1}', "finite number"),
    "time infinite": (b'{"path": "clip.wav", "text": "x", "start_s": 0, "end_s": Infinity}', "finite number"),
    "time a word": (row(start_s="soon", end_s=1), "not a number of seconds"),
    "time true": (row(start_s=True, end_s=1), "not a number of seconds"),
    "interval on an image": (row(path="good.jpg", start_s=0, end_s=1), "an image has no time"),
    "the same caption again": (json.dumps(GOOD_ROW).encode(), "given already in row 1"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), BAD_ROWS.values(), ids=list(BAD_ROWS))
def test_a_bad_row_is_rejected_with_its_reason(
    store: Store, tmp_path: Path, line: bytes, reason: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(image_bytes())
    folder = tmp_path / "inside"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(image_bytes())
    (folder / "clip.wav").write_bytes(wav_bytes(quiet()))
    (folder / "link.jpg").symlink_to(outside / "secret.jpg")
    (folder / "linked").symlink_to(outside)
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "broken.jpg").symlink_to(folder / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")
    rejects = ingest_beside_good(store, folder, line)
    assert_rejected(rejects, [(2, reason)])


def test_an_id_used_twice_rejects_the_second_row(store: Store, tmp_path: Path) -> None:
    lines = [{"caption_id": "7", "path": "good.jpg", "text": text} for text in ("a square", "a circle")]
    rejects = ingest_beside_good(store, tmp_path, *(json.dumps(line).encode() for line in lines), added=2)
    assert_rejected(rejects, [(3, "caption_id '7' was used already in row 2")])


def test_a_split_that_contradicts_an_earlier_row_is_rejected(store: Store, tmp_path: Path) -> None:
    lines = [{"path": "good.jpg", "text": split, "split": split} for split in ("train", "test")]
    rejects = ingest_beside_good(store, tmp_path, *(json.dumps(line).encode() for line in lines), added=2)
    assert_rejected(rejects, [(3, "split is 'test' here but 'train' in row 2 for the same file")])


# A whole captions file in another format with good.jpg captioned once, and the rejects of it.
BAD_TABLES: dict[str, tuple[str, bytes, list[tuple[int | None, str]]]] = {
    "CSV row too long": ("c.csv", b"path,text\ngood.jpg,ok\ngood.jpg,a dog, running\n", [(3, "must stand in quotes")]),
    "CSV row too short": ("c.csv", b"path,text\ngood.jpg,ok\ngood.jpg\n", [(3, "1 fields where the header has 2")]),
    "CSV quote never closed": ("c.csv", b'path,text\ngood.jpg,ok\ngood.jpg,"a dog\nx,y\n', [(3, "never closed.*up to 4")]),
    "CSV quote in a quote": ("c.csv", b'path,text\ngood.jpg,"a "dog" runs"\ngood.jpg,ok\n', [(2, "quotes of this row")]),
    "CSV not UTF-8": ("c.csv", b"path,text\ngood.jpg,caf\xe9\ngood.jpg,ok\n", [(2, "not UTF-8")]),
    "CSV field of 1 MB": ("c.csv", b"path,text\ngood.jpg," + b"x" * 10**6 + b"\ngood.jpg,ok\n", [(2, "longer than")]),
    "CSV time a word": ("c.csv", b"path,text,start_s,end_s\ngood.jpg,a,x,1\ngood.jpg,ok,,\n", [(2, "not a number of seconds")]),
    "token line without a tab": ("c.token.txt", b"good.jpg#0\tok\ngood.jpg#1 no tab\n", [(2, "not 'file#number<TAB>caption'")]),
    "token line without a caption": ("c.token.txt", b"good.jpg#0\tok\ngood.jpg#1\t\n", [(2, "caption is empty")]),
    "COCO image unknown": ("c.json", json.dumps({
        "images": [{"id": 1, "file_name": "good.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "caption": "ok"}, {"id": 2, "image_id": 9, "caption": "lost"}],
    }).encode(), [(2, "image id 9, which is not in 'images'")]),
    "COCO annotation id twice": ("c.json", json.dumps({
        "images": [{"id": 1, "file_name": "good.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "caption": "ok"}, {"id": 1, "image_id": 1, "caption": "again"}],
    }).encode(), [(2, "annotation id 1 is used twice")]),
    "COCO image id twice": ("c.json", json.dumps({
        "images": [{"id": 1, "file_name": "good.jpg"}, {"id": 2, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "caption": "ok"}, {"id": 2, "image_id": 2, "caption": "whose"}],
    }).encode(), [(3, "used by two files: a.jpg and b.jpg"), (2, "used by two files")]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), BAD_TABLES.values(), ids=list(BAD_TABLES))
def test_a_bad_row_of_a_table_is_rejected_with_its_reason(
    store: Store, tmp_path: Path, name: str, content: bytes, expected: list[tuple[int | None, str]]
) -> None:
    (tmp_path / "good.jpg").write_bytes(image_bytes())
    (tmp_path / name).write_bytes(content)
    summary = ingest(store, tmp_path / name, progress=False)
    assert summary.captions_added == 1
    assert summary.rows_read == summary.captions_added + summary.unchanged + summary.rejected
    assert_rejected(store, expected)


def test_bad_files_and_texts_in_a_folder_are_rejected_beside_the_good(store: Store, tmp_path: Path) -> None:
    for name in ("good.jpg", "twin.jpg", "twin.png", "blank.jpg", "accent.jpg"):
        (tmp_path / name).write_bytes(image_bytes())
    (tmp_path / "cut.jpg").write_bytes(cut(image_bytes()))  # no caption: the file is the row
    for name, text in {
        "good.txt": b"a grey square",
        "twin.txt": b"which?",
        "orphan.txt": b"nobody's",
        "blank.txt": b"\n \n",
        "accent.txt": b"caf\xe9",
    }.items():
        (tmp_path / name).write_bytes(text)
    summary = ingest(store, tmp_path, media_root=tmp_path, progress=False)
    assert (summary.captions_added, summary.rejected, summary.rows_read) == (1, 5, 6)
    reasons = dict(store.read("rejects").select("path", "reason").iter_rows())
    assert "could belong to twin.jpg or twin.png" in reasons["twin.txt"]
    assert "no media file named orphan.*" in reasons["orphan.txt"]
    assert "nothing is written in blank.txt" in reasons["blank.jpg"]
    assert "not UTF-8" in reasons["accent.jpg"]
    assert "cut off" in reasons["cut.jpg"]


def test_everything_bad_at_once_adds_up_and_a_second_run_is_the_same(store: Store, tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(wav_bytes(quiet()))
    lines = [line for line, _reason in BAD_ROWS.values()]
    for index, (name, make, _reason) in enumerate(BAD_FILES.values()):
        (tmp_path / f"{index}-{name}").write_bytes(make())
        lines.append(json.dumps({"path": f"{index}-{name}", "text": "a caption"}).encode())
    assert len(lines) >= 40
    first = ingest_beside_good(store, tmp_path, *lines).read("rejects")
    again = ingest(store, tmp_path / "captions.jsonl", progress=False)
    assert (again.captions_added, again.unchanged, again.rejected) == (0, 1, len(lines))
    assert store.read("rejects").drop("rejected_at").equals(first.drop("rejected_at"))


def ingest_beside_good(store: Store, folder: Path, *lines: bytes, added: int = 1) -> Store:
    """Ingest a captions.jsonl whose first row is good; the rest is expected to be rejected but `added` - 1."""
    (folder / "good.jpg").write_bytes(image_bytes())
    (folder / "captions.jsonl").write_bytes(b"\n".join([json.dumps(GOOD_ROW).encode(), *lines]) + b"\n")
    summary = ingest(store, folder / "captions.jsonl", progress=False)
    assert summary.captions_added == added
    assert summary.rows_read == len(lines) + 1
    assert summary.rows_read == summary.captions_added + summary.unchanged + summary.rejected
    assert store.read("samples")["path"].to_list() == ["good.jpg"]
    return store


def assert_rejected(store: Store, expected: list[tuple[int | None, str]]) -> None:
    found = store.read("rejects")
    assert found["row"].to_list() == [number for number, _reason in expected]
    for reason, (_number, wanted) in zip(found["reason"], expected, strict=True):
        assert re.search(wanted, reason, re.DOTALL), reason
        assert reason.rstrip().endswith((".", "]", "'")), f"not a sentence: {reason}"
        assert "Traceback" not in reason
        assert "Error" not in reason
