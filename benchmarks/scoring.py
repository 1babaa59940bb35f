"""Our encoding of photos against the loop most people write, with the same weights on the same machine.

The loop: Pillow opens a photo, the checkpoint's processor prepares it, the model runs in fp32, batch 32. Ours
is what `ws.score` runs. Both sides take turns, photo size by photo size, and the median of the rounds is
reported; beside it the bound: no pipeline of these parts can beat the slower of reading alone and the forward
pass alone. The weights are random, shaped like ViT-B/32 (speed does not depend on what they learnt).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from workbench.encoders.clip import ClipEncoder
from workbench.encoders.devices import count_threads
from workbench.encoders.feeding import MediaJob, encode_media
from workbench.media import decode_image
from workbench.metrics import Metric, write_results

__all__ = ["main"]

Vectors = npt.NDArray[np.float32]

#: Name -> width, height, photos in a round (full, quick).
SIZES = {
    "0p2mp": (512, 384, (64, 32)),
    "2mp": (1632, 1224, (64, 32)),
    "12mp": (4000, 3000, (64, 8)),
}
_BUDGET_S = {True: 16.0, False: 240.0}  # for the rounds; set-up and warm-up come on top
BATCH = 32  # of the usual loop
_DISTINCT = 4  # different photos of each size; the others are copies of these


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scoring", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--json", help="where the result goes, - for standard output")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="scoring-") as folder:
        metrics = measure(Path(folder), device=options.device, is_quick=options.quick)
    write_results("scoring", metrics, path=options.json, device=options.device)


def measure(folder: Path, *, device: str, is_quick: bool) -> dict[str, Metric]:
    """Time every side on every photo size, in turns, and compare the vectors of both."""
    checkpoint = write_checkpoint(folder / "checkpoint")
    photos = {
        name: write_photos(folder / name, width, height, counts[is_quick])
        for name, (width, height, counts) in SIZES.items()
    }
    encoder = ClipEncoder(str(checkpoint), device)
    naive = NaiveLoop(checkpoint, device)
    sides: dict[str, Callable[[list[Path]], object]] = {
        "naive": naive.encode,
        "ours": lambda paths: encode_ours(encoder, paths),
        "read_only": lambda paths: read_only(encoder, paths),
    }
    for side in sides.values():
        side(photos["0p2mp"][:BATCH])
    cosine = agreement(naive.encode(photos["2mp"][:BATCH]), encode_ours(encoder, photos["2mp"][:BATCH]))
    prepared = [encoder.prepare_image(decode_image(photos["2mp"][0]))] * BATCH
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    start_s = time.perf_counter()
    while not seconds or time.perf_counter() - start_s < _BUDGET_S[is_quick]:
        for name, paths in photos.items():
            for label, side in sides.items():
                seconds[label, name].append(timed(side, paths) / len(paths))
        seconds["forward_only", "any"].append(timed(encoder.encode_images, prepared) / BATCH)
    return _metrics(seconds, cosine, encoder.key)


def _metrics(seconds: dict[tuple[str, str], list[float]], cosine: float, key: str) -> dict[str, Metric]:
    print(f"encoder {key}")
    metrics = {}
    for name in SIZES:
        rounds = len(seconds["ours", name])
        naive_s, ours_s, read_s = (
            statistics.median(seconds[side, name]) for side in ("naive", "ours", "read_only")
        )
        ratios = [n / o for n, o in zip(seconds["naive", name], seconds["ours", name], strict=True)]
        bound_s = max(read_s, statistics.median(seconds["forward_only", "any"]))
        metrics |= {
            f"ratio_vs_naive_{name}": Metric(
                statistics.median(ratios), rounds, "x", min(ratios), max(ratios)
            ),
            f"share_of_bound_{name}": Metric(bound_s / ours_s, rounds, "share"),
            f"images_per_s_{name}": Metric(1 / ours_s, rounds, "images/s"),
            f"naive_images_per_s_{name}": Metric(1 / naive_s, rounds, "images/s"),
        }
    return metrics | {"cosine_with_naive": Metric(cosine, BATCH, "mean cosine of both sides' vectors")}


def encode_ours(encoder: ClipEncoder, paths: list[Path]) -> Vectors:
    """Encode photos as `ws.score` does."""
    jobs = [MediaJob(str(path), path, "image") for path in paths]
    found = {done.job.key: done.vectors for done in encode_media(encoder, jobs)}
    return np.concatenate([vectors for path in paths if (vectors := found[str(path)]) is not None])


def read_only(encoder: ClipEncoder, paths: list[Path]) -> None:
    """Read and prepare photos on every core, and throw them away."""
    with ThreadPoolExecutor(count_threads()) as pool:
        list(
            pool.map(
                lambda p: encoder.prepare_image(decode_image(p, at_least_px=2 * encoder.image_px)), paths
            )
        )


class NaiveLoop:
    """Open, process, encode: the loop of most model cards."""

    def __init__(self, checkpoint: Path, device: str) -> None:
        from transformers import AutoImageProcessor, CLIPModel

        self.device = device
        self.model = CLIPModel.from_pretrained(checkpoint).eval().to(device)
        self.processor = AutoImageProcessor.from_pretrained(checkpoint)

    def encode(self, paths: list[Path]) -> Vectors:
        """Encode photos in batches of 32."""
        import torch

        found = []
        for at in range(0, len(paths), BATCH):
            images = [Image.open(path).convert("RGB") for path in paths[at : at + BATCH]]
            inputs = self.processor(images=images, return_tensors="pt").to(self.device)
            with torch.no_grad():
                found.append(self.model.get_image_features(**inputs).pooler_output.cpu().numpy())
        return np.concatenate(found)


def agreement(first: Vectors, second: Vectors) -> float:
    """Return the mean cosine between the vectors of the same photos."""
    products = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    return float(products.mean())


def timed(side: Callable[..., object], argument: object) -> float:
    """Return the seconds that one call takes."""
    start_s = time.perf_counter()
    side(argument)
    return time.perf_counter() - start_s


def write_photos(folder: Path, width: int, height: int, count: int) -> list[Path]:
    """Write JPEG photos with the detail and the size in bytes of real ones (about 1 to 2 bits a pixel)."""
    folder.mkdir()
    random = np.random.default_rng(width)
    contents = []
    for number in range(_DISTINCT):
        coarse = Image.fromarray(random.integers(0, 256, (24, 32, 3), np.uint8)).resize(
            (width, height), Image.Resampling.BICUBIC
        )
        fine = Image.fromarray(random.integers(96, 160, (height // 2, width // 2, 3), np.uint8)).resize(
            (width, height)
        )
        path = folder / f"distinct{number}.jpg"
        Image.blend(coarse, fine, 0.3).save(path, quality=88)
        contents.append(path.read_bytes())
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(contents[number % _DISTINCT])
    return paths


def write_checkpoint(folder: Path) -> Path:
    """Write a CLIP checkpoint of the shape of ViT-B/32 with random weights, its processor and a tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    CLIPModel(
        CLIPConfig(vision_config={"patch_size": 32}, text_config={"num_hidden_layers": 1})
    ).save_pretrained(folder)
    CLIPImageProcessor().save_pretrained(folder)
    words = Tokenizer(models.WordLevel({"<unk>": 0, "<pad>": 1}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", pad_token="<pad>")
    tokenizer.save_pretrained(folder)
    return folder


if __name__ == "__main__":
    main()
