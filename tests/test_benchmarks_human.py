"""The benchmark against human ratings: its protocol, its reading and both of its roads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import human

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}


def written(folder: Path, photos: int = 24) -> tuple[Path, Path, Path]:
    """Photos of one colour, two captions each; a foreign caption is rated 4 for the same colour, else 1."""
    images = folder / "photos"
    images.mkdir()
    names = [list(COLOURS)[n % 4] for n in range(photos)]
    captions, ratings = [], []
    random = np.random.default_rng(0)
    for n, name in enumerate(names):
        pixels = np.full((32, 32, 3), COLOURS[name], np.uint8) + random.integers(0, 8, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(images / f"{n}.jpg", quality=95)
        captions += [f"{n}.jpg#0\ta {name} wall", f"{n}.jpg#1\tthe wall is {name} ."]
        for other in (n, (n + 1) % photos, (n + 4) % photos):
            rating = 4 if names[other] == name else 1
            ratings.append(f"{n}.jpg\t{other}.jpg#1\t{rating}\t{rating}\t{max(1, rating - 1)}")
    (folder / "captions.txt").write_text("\n".join(captions))
    (folder / "ratings.txt").write_text("\n".join(ratings))
    return images, folder / "captions.txt", folder / "ratings.txt"


def test_pairs_of_a_photo_with_its_own_caption_are_left_out(tmp_path: Path) -> None:
    _, captions, ratings = written(tmp_path)
    rated = human.read_ratings(ratings, human.read_captions(captions))
    assert len(rated.photos) == 48  # 72 lines, 24 of them with a caption of their own
    assert all(
        one.partition("#")[0] != photo for photo, one in zip(rated.photos, rated.captions, strict=True)
    )


def test_a_line_that_names_no_known_caption_is_named(tmp_path: Path) -> None:
    _, captions, ratings = written(tmp_path)
    ratings.write_text("0.jpg\tnowhere.jpg#2\t1\t1\t1\n")
    with pytest.raises(SystemExit, match=r"line 1.*nowhere"):
        human.read_ratings(ratings, human.read_captions(captions))


def test_tau_c_is_stuarts_over_single_ratings() -> None:
    """Against pairs of (score, rating) counted one by one: 2 (P - Q) m / (n² (m - 1))."""
    random = np.random.default_rng(0)
    values, ratings = random.normal(size=20).round(1), random.integers(1, 5, size=(20, 3)).astype(float)
    x, y = np.repeat(values, 3), ratings.ravel()
    agree = sum(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]) for i in range(len(x)) for j in range(i))
    classes = min(len(set(x)), len(set(y)))
    expected = 2 * agree * classes / (len(x) ** 2 * (classes - 1))
    assert human.tau_c(values, ratings) == pytest.approx(expected, abs=1e-9)


def test_it_writes_every_promised_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images, captions, ratings = written(tmp_path)
    monkeypatch.setattr("workbench.encoders.text.SentenceEncoder", FewWords)
    out = tmp_path / "out.json"
    human.main(["--ratings", str(ratings), "--captions", str(captions), "--images", str(images),
                "--encoder", "fake", "--quick", "--json", str(out)])  # fmt: skip
    found = json.loads(out.read_text())["results"]
    for name in ("consensus_words", "consensus", "encoder", "combined"):
        assert found[f"auroc_{name}"]["value"] == pytest.approx(1.0)
        assert found[f"tau_c_{name}"]["low"] <= found[f"tau_c_{name}"]["value"]
    assert found["tau_c_encoder"]["n"] == 48


def test_photos_of_other_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, captions, ratings = written(tmp_path)
    monkeypatch.setattr("workbench.encoders.text.SentenceEncoder", FewWords)
    (tmp_path / "others").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "others" / "else.jpg")
    with pytest.raises(SystemExit, match="none of the rated photos"):
        human.main(["--ratings", str(ratings), "--captions", str(captions),
                    "--images", str(tmp_path / "others"), "--encoder", "fake"])  # fmt: skip


class FewWords:
    """A sentence tower that needs no weights: the fake encoder's text side."""

    def __init__(self, device: str = "cpu") -> None:
        from workbench.encoders.fake import FakeEncoder

        self.encode_texts = FakeEncoder(device).encode_texts
