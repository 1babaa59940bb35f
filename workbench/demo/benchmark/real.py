"""The same errors in real photos and captions: `--real DIR` for any folder that `ingest` takes."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from workbench.alignment.claims.parse import read_caption
from workbench.demo.benchmark.real_edits import BENIGN_RULES, RULES, Edited, Photo, Vocabulary, things_of
from workbench.demo.benchmark.scenes import BENIGN_SHARE, WRONG_SHARE
from workbench.demo.benchmark.study import ROWS, SET_SCHEMA, Study, study_captions
from workbench.demo.benchmark.witnesses import Witnesses, run_scorers
from workbench.errors import WorkbenchError
from workbench.ingest import ingest
from workbench.store import Store

__all__ = ["MIX", "PHOTOS", "QUICK_PHOTOS", "plan_rows", "study_photos"]

#: What share of the wrong captions each id has. Relations and bindings offer few handles in real captions.
MIX: Final[dict[str, float]] = {
    "P1": 0.15, "P2": 0.15, "O1 random": 0.12, "O1 co-occurring": 0.12, "A1": 0.14, "A2": 0.08, "R1": 0.1,
    "C1": 0.14,
}  # fmt: skip
RAREST_FIRST: Final = ("A2", "R1", "C1", "X1 figures", "A1", "O1 co-occurring")
PHOTOS, QUICK_PHOTOS = 2_000, 60
TYPE_OF: Final = {one: planted.error_type for planted in ROWS.values() for one in planted.ids}


@dataclass(frozen=True)
class PlantedRow:
    """One caption as it will be ingested, and its truth; `source` keeps it apart from the others."""

    path: str
    text: str
    true_text: str
    source: str
    corruption: str = ""
    spans: tuple[tuple[int, int], ...] = ()


def study_photos(
    folder: Path,
    photos: Path,
    *,
    seed: int,
    captions: str | None,
    count: int,
    tell: Callable[[str], None],
    only: tuple[str, ...] = (),
) -> Study:
    """Plant errors in real captions, score them with every scorer, and measure.

    Args:
        folder: an empty folder; workspaces are left there.
        photos: any folder that `ingest` takes.
        seed: of what is drawn and planted.
        captions: the captions file; looked for in the folder when None.
        count: how many photos to draw, at most.
        tell: is handed one line a step.
        only: scorers to run; all that read captions when empty.

    Raises:
        WorkbenchError: when no photo has two captions or more, by which an edit could be checked.
    """
    everything = Store.create(folder / "all")
    ingest(everything, photos, captions=captions, progress=False)
    samples = everything.read("samples").filter(pl.col("media") == "image")
    rows = everything.read("captions").join(samples.select("sample_id", "path"), on="sample_id")
    texts: dict[str, list[str]] = defaultdict(list)
    for path, text in rows.sort("path", "caption_id").select("path", "text").iter_rows():
        texts[path].append(text)
    many = {path: tuple(dict.fromkeys(found)) for path, found in texts.items() if len(set(found)) > 1}
    if not many:
        raise WorkbenchError(
            f"No photo of {photos} has two captions or more, so no edit can be checked against the others.",
            "Give a folder whose photos have several captions each.",
        )
    rng = random.Random(f"real/{seed}")
    drawn = rng.sample(sorted(many), min(len(many), count))
    planted = plan_rows({path: many[path] for path in sorted(drawn)}, seed)
    store = Store.create(folder / "ws")
    source = folder / "captions.jsonl"
    given = ({"path": row.path, "text": row.text, "source": row.source, "lang": "en"} for row in planted)
    source.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    ingest(store, photos, captions=str(source), progress=False)
    notes = run_scorers(store, tell=tell, only=only)
    known = _known(store, planted)
    study = study_captions(known, [Witnesses(store, known["caption_id"].to_list())])
    guard = "Wrong by rule: no other caption of the photo says anything that could make the edit true."
    return replace(study, notes=(guard, *notes))


def plan_rows(texts: Mapping[str, Sequence[str]], seed: int) -> list[PlantedRow]:
    """Return every caption with the stated share made wrong in the stated mix, as far as there are handles.

    Args:
        texts: the captions of each photo, by its path.
        seed: of the choice of what is spoiled.
    """
    rng = random.Random(f"real plan/{seed}")
    photos = {path: Photo(tuple(own)) for path, own in texts.items()}
    known = Vocabulary()
    for photo in photos.values():
        for reading in photo.readings:
            known.add(reading)
    rows = [
        PlantedRow(path, text, text, str(number))
        for number, (path, text) in enumerate((path, text) for path, own in texts.items() for text in own)
    ]
    whole = list(rows)
    wanted = {name: round(share * WRONG_SHARE * len(rows)) for name, share in MIX.items()}
    wanted |= {f"X1 {name}": round(BENIGN_SHARE * len(rows) / len(BENIGN_RULES)) for name in BENIGN_RULES}
    free = rng.sample(range(len(rows)), len(rows))
    order = {name: place for place, name in enumerate(RAREST_FIRST)}
    for corruption in sorted(wanted, key=lambda name: order.get(name, len(order))):
        found = _spoilable(rows, free, corruption, whole, photos, known, rng)
        for place, edited in found:
            if wanted[corruption] == 0:
                break
            if edited.text in photos[rows[place].path].texts:
                continue
            row = rows[place]
            rows[place] = PlantedRow(row.path, edited.text, row.text, row.source, corruption, edited.spans)
            free.remove(place)
            wanted[corruption] -= 1
    return rows


def _spoilable(
    rows: Sequence[PlantedRow], free: Sequence[int], corruption: str, whole: Sequence[PlantedRow],
    photos: Mapping[str, Photo], known: Vocabulary, rng: random.Random,
) -> Iterator[tuple[int, Edited]]:  # fmt: skip
    """Yield the free captions that offer a handle for the id, each with what becomes of it."""
    rule = RULES.get(corruption) or BENIGN_RULES.get(corruption.removeprefix("X1 "))
    for place in list(free):
        row = rows[place]
        if rule is None:
            edited = _exchange(photos[row.path], row.path, whole, rng, is_topical=corruption == "P2")
        else:
            edited = rule(row.text, photos[row.path], known, rng)
        if edited is not None and edited.text != row.text:
            yield place, edited


def _exchange(
    photo: Photo, path: str, whole: Sequence[PlantedRow], rng: random.Random, *, is_topical: bool
) -> Edited | None:
    """Take another photo's caption: P1 shares no thing with this photo's captions, P2 some and not all."""
    for _ in range(200):
        other = rng.choice(whole)
        things = things_of(other.text)
        shared = sum(photo.may_show(thing) for thing in things)
        if other.path != path and shared < len(things) and bool(shared) == is_topical:
            return Edited(other.text, ((0, len(other.text)),))
    return None


def _known(store: Store, planted: Sequence[PlantedRow]) -> pl.DataFrame:
    truth = pl.DataFrame(
        [
            {
                "source": row.source,
                "true_text": row.true_text,
                "corruption": row.corruption,
                "is_wrong": row.corruption in TYPE_OF,
                "error_type": TYPE_OF.get(row.corruption, ""),
                "spans": json.dumps(row.spans),
                "form": str(_form(row.text)),
            }
            for row in planted
        ]
    )
    samples = store.read("samples").select("sample_id", "size_bytes", scene="path")
    captions = store.read("captions").select("caption_id", "sample_id", "text", "source")
    joined = captions.join(samples, on="sample_id").join(truth, on="source")
    return joined.select(pl.col(name).cast(kind) for name, kind in SET_SCHEMA.items()).sort("caption_id")


def _form(text: str) -> tuple[int, ...]:
    """Return what a real caption speaks of: things (up to three), colours (up to two), relation, number."""
    claims = read_caption(text, "en").claims
    kinds = [claim.type for claim in claims]
    colours = sum(claim.type == "attribute" and claim.kind == "colour" for claim in claims)
    return (
        min(kinds.count("object"), 3),
        min(colours, 2),
        int("relation" in kinds),
        int("count" in kinds),
    )
