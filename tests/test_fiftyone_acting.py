"""The plugin's operators: what they decide is in the workspace's journal, and shown in the dataset."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from made_fiftyone import fill_for_fiftyone

from workbench.errors import DecisionError, FiftyOneError, PairError
from workbench.fiftyone_bridge import to_fiftyone
from workbench.fiftyone_bridge.acting import Acting, choices
from workbench.pairs import standing_pairs
from workbench.records import Verdict
from workbench.store import Store


@pytest.fixture
def dataset(fiftyone: Any, store: Store) -> Iterator[Any]:
    fill_for_fiftyone(store, 6, vectors=False)
    made = to_fiftyone(store, "acting", annotator="dan").dataset
    yield made
    fiftyone.delete_dataset("acting")


def by_dan(store: Store) -> list[Verdict]:
    return [made for made in store.journal.verdicts() if made.annotator == "dan"]


def test_what_is_selected_is_the_captions_meant(dataset: Any) -> None:
    samples = dataset.values("id")
    assert len(choices(dataset, samples[:2], [])) == 4
    label = dataset.first().captions.classifications[1]
    (one,) = choices(dataset, samples[:2], [label.id])
    assert (one.caption_id, one.text) == (label.caption_id, label.text)


def test_flagging_decides_in_the_journal_and_shows_in_the_dataset(dataset: Any, store: Store) -> None:
    chosen = choices(dataset, [dataset.first().id], [])[1:]
    told = Acting(dataset).flag_misaligned(chosen, ["count"], "two", "two red kites")
    (made,) = by_dan(store)
    assert (told, made.error_types, made.note, made.edited_text) == (1, ("count",), "two", "two red kites")
    dataset.reload()
    shown = dataset.first().captions.classifications[1]
    assert (shown.label, shown.verdict, shown.tags) == (
        "two red kites",
        "misaligned",
        ["misaligned", "count"],
    )


def test_fine_is_a_decision_too_and_a_tag_made_before_it_is_not_lost(dataset: Any, store: Store) -> None:
    first = dataset.first()
    dataset.limit(1).tag_labels("object", label_fields="captions")
    chosen = choices(dataset, [first.id], [])[:1]
    Acting(dataset).mark_fine(chosen)
    verdicts = {made.caption_id: made.verdict for made in by_dan(store)}
    assert verdicts[chosen[0].caption_id] == "ok", "the later decision stands"
    other = first.captions.classifications[1].caption_id
    assert verdicts[other] == "misaligned", "what was tagged before is heard as well"


def test_two_captions_of_a_sample_become_a_pair_that_is_judged(dataset: Any, store: Store) -> None:
    better, worse = choices(dataset, [dataset.first().id], [])
    pair = Acting(dataset).send_to_pairs(better, worse)
    (row,) = standing_pairs(store).filter(pair_id=pair).to_dicts()
    assert (row["chosen_text"], row["rejected_text"]) == (better.text, worse.text)
    assert (row["status"], row["source"]) == ("accepted", "fiftyone")
    Acting(dataset).send_to_pairs(worse, better)
    (row,) = standing_pairs(store).filter(pair_id=pair).to_dicts()
    assert row["chosen_text"] == worse.text, "the same two captions are one pair, turned by the last answer"
    with pytest.raises(PairError, match="two captions of one sample"):
        Acting(dataset).send_to_pairs(better, better)


def test_what_cannot_be_decided_is_refused_and_nothing_is_stored(dataset: Any, store: Store) -> None:
    chosen = choices(dataset, [dataset.first().id], [])[:1]
    with pytest.raises(DecisionError, match="says what the caption says already"):
        Acting(dataset).flag_misaligned(chosen, ["count"], edited_text=chosen[0].text)
    assert by_dan(store) == []


def test_a_dataset_of_other_origin_is_refused(fiftyone: Any) -> None:
    other = fiftyone.Dataset("other-origin")
    with pytest.raises(FiftyOneError, match="was not made from a workspace"):
        Acting(other)
    fiftyone.delete_dataset("other-origin")


def test_fiftyone_registers_and_runs_the_operators(
    fiftyone: Any, dataset: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fiftyone.operators as foo
    import fiftyone.plugins as fop

    from workbench.fiftyone_bridge.app import gather_plugins

    monkeypatch.setattr(fiftyone.config, "plugins_dir", str(gather_plugins(store, fiftyone)))
    (plugin,) = [one for one in fop.list_plugins() if one.name.startswith("@caption-workbench")]
    assert plugin.operators == ["flag_misaligned", "mark_fine", "send_to_pairs"]
    selected = [dataset.first().id]
    ctx = {"dataset": dataset, "view": dataset.view(), "selected": selected, "params": {"caption": "all"}}
    with ThreadPoolExecutor(
        1
    ) as pool:  # where a loop runs already (a browser's), FiftyOne answers with a task
        done = pool.submit(foo.execute_operator, "@caption-workbench/decisions/mark_fine", ctx=ctx).result()
    assert done.result == {"decided": 2}
    assert [made.verdict for made in by_dan(store)] == ["ok", "ok"]
