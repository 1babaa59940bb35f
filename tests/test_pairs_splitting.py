"""The split of the pairs: by media, never across what is the same, and locked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from workbench.errors import PairError, UnknownNameError
from workbench.pairs import add_pairs, all_pairs, standing_pairs
from workbench.pairs.split_lock import SplitLock, media_of_pairs
from workbench.pairs.splitting import split_pairs
from workbench.preferences.collage import Collage
from workbench.preferences.pair import Pair, variant_id
from workbench.records import Verdict
from workbench.store import Store
from workbench.workspace import Workspace


def add_samples(store: Store, ids: list[str], **columns: object) -> None:
    whole = {"media": "image", "root": "photos", "path": ids, "content_hash": ids} | columns
    store.append("samples", pl.DataFrame({"sample_id": ids} | whole))


def pair_of(sample: str, number: int = 0, **fields: object) -> Pair:
    good, bad = f"{sample} as it is {number}", f"{sample} as it is not {number}"
    whole = {"origin": "built", "builder": "negate"} | fields
    return Pair(
        sample, variant_id(sample, good, "built"), variant_id(sample, bad, "built"), good, bad, **whole
    )


def splits_of(store: Store) -> dict[str, set[str | None]]:
    frame = all_pairs(store).group_by("sample_id").agg(pl.col("split").unique())
    return {name: set(found) for name, found in frame.iter_rows()}


@pytest.fixture
def made(store: Store) -> Store:
    ids = [f"s{number:03}" for number in range(50)]
    add_samples(store, ids)
    add_pairs(store, [pair_of(sample, number) for sample in ids for number in range(3)])
    return store


def test_pairs_of_one_medium_are_never_parted(made: Store) -> None:
    summary = split_pairs(made)
    assert (summary.train, summary.held_out, summary.media) == (120, 30, 50)
    assert all(len(found) == 1 for found in splits_of(made).values())
    assert made.read("pairs")["split"].null_count() == 0
    assert "locked with seed 0" in str(summary)


def test_the_split_is_locked(made: Store) -> None:
    split_pairs(made)
    before = splits_of(made)
    with pytest.raises(PairError, match="locked with seed 0, and 1 was asked"):
        split_pairs(made, seed=1)
    with pytest.raises(PairError, match=r"locked with held_out_share 0\.2"):
        split_pairs(made, 0.3)
    assert splits_of(made) == before
    split_pairs(made, seed=1, reset=True)
    assert splits_of(made) != before
    split_pairs(made, seed=0, reset=True)
    assert splits_of(made) == before


def test_asked_again_only_what_is_new_is_placed(made: Store) -> None:
    split_pairs(made)
    before = splits_of(made)
    assert split_pairs(made).added == 0
    ids = [f"new{number}" for number in range(50)]
    add_samples(made, ids)
    add_pairs(made, [pair_of(sample) for sample in ids] + [pair_of("s000", 9)])
    assert {None} in splits_of(made).values()
    summary = split_pairs(made)
    after = splits_of(made)
    assert {name: after[name] for name in before} == before
    assert summary.added == 50
    assert 35 <= summary.held_out <= 42
    assert len(after["s000"]) == 1


def test_the_same_bytes_and_the_same_event_stay_together(store: Store) -> None:
    ids = [f"s{number:02}" for number in range(40)]
    add_samples(store, ids, content_hash=[f"bytes{n // 2}" for n in range(40)])
    add_pairs(store, [pair_of(sample) for sample in ids])
    split_pairs(store)
    found = splits_of(store)
    assert all(found[ids[n]] == found[ids[n + 1]] for n in range(0, 40, 2))
    store.replace("samples", store.read("samples").with_columns(
        content_hash="sample_id", group=pl.Series([f"event{n % 4}" for n in range(40)])
    ))  # fmt: skip
    summary = split_pairs(store, 0.3, reset=True)
    assert (summary.groups, summary.held_out) == (4, 10)
    assert split_pairs(store, 0.3, reset=True, ties=["content"]).groups == 40


def test_a_picture_saved_again_smaller_stays_with_itself(store: Store, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        coarse = Image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8))
        picture = coarse.resize((240, 240), Image.Resampling.BICUBIC)
        picture.save(photos / f"{number}a.png")
        picture.resize((96, 96)).save(photos / f"{number}b.jpg", quality=60)
    store.add_root(photos)
    ids = sorted(path.name for path in photos.iterdir())
    add_samples(store, ids)
    add_pairs(store, [pair_of(sample) for sample in ids])
    summary = split_pairs(store, 0.4)
    assert (summary.groups, summary.unseen) == (12, 0)
    found = splits_of(store)
    assert all(found[f"{n}a.png"] == found[f"{n}b.jpg"] for n in range(12))
    for path in photos.iterdir():
        path.unlink()
    assert split_pairs(store, 0.4).groups == 12, "looks are kept"


def test_files_that_cannot_be_read_are_counted(made: Store) -> None:
    summary = split_pairs(made)
    assert summary.unseen == 50
    assert "50 files could not be read" in str(summary)


def test_what_the_dataset_calls_test_is_held_out(made: Store) -> None:
    samples = made.read("samples").with_columns(
        split=pl.when(pl.col("sample_id") < "s004").then(pl.lit("test")).otherwise(pl.lit("train"))
    )
    made.replace("samples", samples)
    summary = split_pairs(made)
    assert summary.kept_back == 4
    assert "4 media are held out because their dataset" in str(summary)
    assert summary.held_out == 30, "they count towards the share"
    found = splits_of(made)
    assert all(found[f"s00{n}"] == {"held_out"} for n in range(4))


def test_a_pair_of_two_splits_is_in_neither(made: Store) -> None:
    split_pairs(made)
    found = splits_of(made)
    ours = next(name for name, split in found.items() if split == {"train"})
    theirs = next(name for name, split in found.items() if split == {"held_out"})
    add_pairs(made, [pair_of(ours, 7, origin="across", rejected_sample_id=theirs)])
    add_pairs(made, [pair_of(ours, 8, origin="collage", detail=Collage((ours, theirs), 0).detail)])
    summary = split_pairs(made)
    assert summary.across == 2
    assert "media of both splits" in str(summary)


def test_a_correction_made_later_falls_where_its_medium_is(filled_store: Store) -> None:
    ws = Workspace(filled_store, "ana")
    first, second = ws.captions.filter(pl.col("kind") == "caption")["caption_id"][:2]
    ws.decide(first, "misaligned", edited_text="quite another thing", is_complete=True)
    ws.decide(second, "misaligned", edited_text="some other thing", is_complete=True)
    split_pairs(ws.store, 0.5)
    before = dict(standing_pairs(ws.store).select("pair_id", "split").iter_rows())
    assert None not in before.values()
    ws.undo()
    assert ws.pairs.height == 1
    ws.redo()
    assert dict(ws.pairs.select("pair_id", "split").iter_rows()) == before
    filled_store.journal.record(Verdict(first, "misaligned", "ben", edited_text="a third thing"))
    sample = dict(ws.pairs.select("chosen_text", "split").iter_rows())
    assert sample["a third thing"] == sample["quite another thing"]


def test_texts_without_media_are_split_by_prompt(store: Store) -> None:
    pairs = [
        Pair("", f"c{n}{k}", f"r{n}{k}", f"good {n} {k}", "bad", "imported", prompt=f"question {n}")
        for n in range(10)
        for k in range(2)
    ]
    add_pairs(store, pairs)
    summary = split_pairs(store, 0.3)
    assert (summary.media, summary.held_out) == (10, 6)
    assert media_of_pairs(all_pairs(store))["medium"][0] == "prompt:question 0"


def test_a_few_large_groups_still_hold_one_out(store: Store) -> None:
    add_samples(store, ["one", "two"])
    add_pairs(store, [pair_of(sample, n) for sample in ("one", "two") for n in range(4)])
    assert split_pairs(store).held_out == 4


def test_one_group_alone_says_that_nothing_is_held_out(store: Store) -> None:
    add_samples(store, ["one"])
    add_pairs(store, [pair_of("one")])
    assert "Nothing is held out" in str(split_pairs(store))


def test_the_same_voice_stays_together_when_asked(store: Store) -> None:
    ids = [f"s{number:02}" for number in range(12)]
    add_samples(store, ids, media="audio")
    rows = [
        {"caption_id": f"c{n}", "sample_id": name, "kind": "transcript", "text": "x", "caption_hash": "h",
         "speaker": f"voice {n % 3}"}
        for n, name in enumerate(ids)
    ]  # fmt: skip
    store.append("captions", pl.DataFrame(rows))
    add_pairs(store, [pair_of(sample) for sample in ids])
    assert split_pairs(store, 0.4, ties=["speaker"]).groups == 3
    found = splits_of(store)
    assert len({tuple(found[name]) for name in ids[::3]}) == 1


def test_a_split_of_nothing_locks_nothing(store: Store) -> None:
    assert split_pairs(store).groups == 0
    add_samples(store, ["one", "two"])
    add_pairs(store, [pair_of("one"), pair_of("two")])
    assert split_pairs(store, 0.5, seed=3).held_out == 1


@settings(max_examples=30, deadline=None)
@given(
    groups=st.lists(st.integers(0, 6), min_size=4, max_size=16),
    seed=st.integers(0, 5),
    share=st.sampled_from([0.1, 0.3, 0.5]),
    seen=st.integers(1, 15),
)
def test_whatever_comes_later_no_group_is_parted_and_nothing_moves(
    groups: list[int], seed: int, share: float, seen: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "ws")
        ids = [f"s{number:02}" for number in range(len(groups))]
        add_samples(store, ids, group=[f"event{group}" for group in groups])
        add_pairs(store, [pair_of(sample) for sample in ids[:seen]])
        split_pairs(store, share, seed)
        before = splits_of(store)
        add_pairs(store, [pair_of(sample, 1) for sample in ids])
        split_pairs(store, share, seed)
        after = splits_of(store)
        store.journal.close()
    assert {name: after[name] for name in before} == before
    by_group: dict[int, set[str | None]] = {}
    for sample, group in zip(ids, groups, strict=True):
        by_group.setdefault(group, set()).update(after[sample])
    assert all(len(splits) == 1 for splits in by_group.values())
    assert set.union(*by_group.values()) <= {"train", "held_out"}


def test_a_share_or_a_tie_that_makes_no_sense_is_refused(made: Store) -> None:
    with pytest.raises(PairError, match="not between 0 and 1"):
        split_pairs(made, 1.0)
    with pytest.raises(UnknownNameError, match="Known: content, group, look, speaker"):
        split_pairs(made, ties=["colour"])


def test_a_damaged_lock_says_so(made: Store) -> None:
    split_pairs(made)
    (made.path / "pair_splits.json").write_text("{")
    with pytest.raises(PairError, match="cannot be read"):
        all_pairs(made)
    assert split_pairs(made, reset=True).held_out == 30
    assert SplitLock.read(made) is not None
