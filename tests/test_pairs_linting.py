"""Lint of a workspace: what the rules are told of its pairs, captions, verdicts and media."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.errors import UnknownNameError
from workbench.pairs import add_pairs
from workbench.pairs.linting import pair_set
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 6)
    return Workspace(store, "ana")


def propose(ws: Workspace, at: int, wrong: str) -> Pair:
    row = ws.captions.row(at, named=True)
    pair = Pair(
        row["sample_id"], row["caption_id"], variant_id(row["sample_id"], wrong, "built"), row["text"], wrong,
        "built", builder="replace_object",
    )  # fmt: skip
    add_pairs(ws.store, [pair])
    return pair


def test_a_workspace_without_pairs_is_looked_at_and_nothing_is_found(ws: Workspace) -> None:
    report = ws.lint_pairs()
    assert report.findings.is_empty()
    assert report.pair_count == 0
    assert "0 pairs of the workspace" in str(report)


def test_the_rows_of_a_finding_are_pair_ids(ws: Workspace) -> None:
    bad = propose(ws, 1, "Caption number 1!")
    propose(ws, 2, "a dog on a table")
    report = ws.lint_pairs()
    assert report.rows_of("identical_after_normalising") == [bad.pair_id]
    row = report.findings.filter(rule="identical_after_normalising").row(0, named=True)
    assert (row["severity"], row["rows"], row["value"]) == ("error", [bad.pair_id], 0.5)
    assert report.has_errors


def test_an_undone_correction_is_not_linted(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text="caption number")
    assert ws.lint_pairs().pair_count == 1
    ws.undo()
    assert ws.lint_pairs().pair_count == 0


def test_the_set_knows_the_fit_and_the_verdicts_of_its_captions(ws: Workspace) -> None:
    pair = propose(ws, 3, "a dog on a table")
    ws.decide(pair.chosen_id, "misaligned")
    row = pair_set(ws.store).rows.row(0, named=True)
    assert (row["chosen_fit"], row["rejected_fit"], row["chosen_verdict"]) == (0.5, None, "misaligned")
    assert row["media"] == [pair.sample_id]


def test_rules_can_be_named_and_an_unknown_one_is_refused(ws: Workspace) -> None:
    assert ws.lint_pairs(rules=["identical"]).checked == ("identical",)
    with pytest.raises(UnknownNameError, match=r"no lint rule 'identica'.*Did you mean 'identical'"):
        ws.lint_pairs(rules=["identica"])


def test_only_the_pairs_to_be_exported_may_be_looked_at(ws: Workspace) -> None:
    propose(ws, 1, "Caption number 1!")
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text="caption number seven")
    assert ws.lint_pairs().pair_count == 2
    accepted = ws.lint_pairs(status=("accepted",))
    assert (accepted.pair_count, accepted.has_errors) == (1, False)
    with pytest.raises(UnknownNameError, match="no status of a pair 'acepted'"):
        ws.lint_pairs(status=("acepted",))


def test_a_picture_that_has_gone_is_an_error_of_its_pairs(tmp_path: Path) -> None:
    from PIL import Image

    media = tmp_path / "photos"
    media.mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(media / name)
    (media / "captions.csv").write_text("file,caption\na.png,A cat.\nb.png,A dog.\n")
    ws = Workspace(Store.create(tmp_path / "ws"), "ana")
    ws.ingest(media / "captions.csv", progress=False)
    pairs = [propose(ws, at, "A fox on a chair.") for at in (0, 1)]
    assert not ws.lint_pairs().has_errors
    (media / "b.png").unlink()
    report = ws.lint_pairs()
    assert report.rows_of("media_missing") == [pairs[1].pair_id]
    assert "no such file any more" in str(report)


def test_pictures_that_look_alike_are_found_in_a_split_made_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("imagehash", reason="needs the extra pairs")
    import numpy as np
    from PIL import Image

    media = tmp_path / "photos"
    media.mkdir()
    noise = np.random.default_rng(100).integers(0, 255, (2, 8, 8, 3), np.uint8)
    first, other = (Image.fromarray(one).resize((96, 96), Image.Resampling.BICUBIC) for one in noise)
    first.save(media / "a.png")
    first.resize((64, 64)).save(media / "b.jpg", quality=85)
    other.save(media / "c.png")
    (media / "captions.csv").write_text("file,caption\na.png,A cat.\nb.jpg,A dog.\nc.png,A fox.\n")
    ws = Workspace(Store.create(tmp_path / "ws"), "ana")
    ws.ingest(media / "captions.csv", progress=False)
    made = [propose(ws, at, "A bird on a chair.") for at in range(3)]
    table = ws.store.read("pairs")
    splits = ["train", "held_out", "held_out"]
    ws.store.replace("pairs", table.with_columns(split=pl.Series(splits)))
    found = set(ws.lint_pairs().rows_of("similar_media_in_both_splits"))
    by_path = dict(ws.samples.select("sample_id", "path").iter_rows())
    assert {by_path[pair.sample_id] for pair in made if pair.pair_id in found} == {"a.png", "b.jpg"}
