"""Texts laid out as trees lose nothing, share what they can, and have the gradients of padded ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.finetune.engines.fast.trie import Forest, Line, grow_forest

TOKENS = st.lists(st.integers(0, 3), max_size=6)
LINES = st.lists(st.builds(lambda p, a: Line(tuple(p), tuple(a)), TOKENS, TOKENS), min_size=1, max_size=8)


def descent_of(forest: Forest, node: int) -> list[int]:
    """Return the nodes that a node sees, in order of depth."""
    tree = next(tree for tree in forest.trees if tree.start <= node < tree.end)
    seen = tree.start + np.flatnonzero(tree.sees[node - tree.start])
    return sorted(seen.tolist(), key=lambda one: int(forest.depths[one]))


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from([0.0, 0.01, 1e9]))
def test_every_answer_is_scored_after_its_own_opening(lines: list[Line], cost: float) -> None:
    forest = grow_forest(lines, attention_cost=cost)
    for line, numbers in zip(lines, forest.answers, strict=True):
        whole = line.prompt + line.answer
        for place, token in enumerate(line.answer):
            at = len(line.prompt) + place
            if at == 0:
                assert numbers[place] == -1, "nothing stands before it"
                continue
            head = int(forest.heads[forest.head_of[numbers[place]]])
            assert forest.targets[numbers[place]] == token
            assert tuple(forest.ids[descent_of(forest, head)]) == whole[:at]
            assert forest.depths[head] == at - 1
        assert all(numbers[len(line.answer) :] == -1)


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_one_tree_holds_every_opening_once(lines: list[Line]) -> None:
    openings = {
        (line.prompt + line.answer)[:length]
        for line in lines
        for length in range(1, len(line.prompt + line.answer) + 1)
    }
    assert len(grow_forest(lines, attention_cost=0.0).ids) == len(openings)


def test_texts_that_share_little_get_trees_of_their_own() -> None:
    long = [Line((1, *range(10 * n, 10 * n + 10)), (7,)) for n in range(1, 5)]
    assert len(grow_forest(long, attention_cost=0.0).trees) == 1
    assert len(grow_forest(long, attention_cost=0.1).trees) == 4
    alike = [Line(tuple(range(30)), (40 + n,)) for n in range(4)]
    assert len(grow_forest(alike, attention_cost=0.1).trees) == 1


def test_the_same_patches_of_two_pictures_are_two_openings() -> None:
    lines = [Line((1, 9, 9, 2), (5,), ("cat",)), Line((1, 9, 9, 2), (6,), ("cat",))]
    assert len(grow_forest(lines, 9, 0.0).ids) == 6
    other = grow_forest([lines[0], Line((1, 9, 9, 2), (6,), ("dog",))], 9, 0.0)
    assert len(other.ids) == 9
    assert other.pictures == ("cat", "dog")
    assert sorted(map(tuple, other.picture_places.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert set(other.ids[other.picture_nodes]) == {9}


def test_two_pictures_in_one_prompt_keep_their_order() -> None:
    forest = grow_forest([Line((9, 9, 3, 9, 9), (5,), ("a", "b"))], 9)
    assert forest.picture_places.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize("cost", [0.0, 0.004, 1e9])
@pytest.mark.parametrize("kind", ["text", "pictures"])
def test_gradients_are_those_of_padded_texts(kind: str, cost: float, tmp_path: Any) -> None:
    torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")
    from tests.made_tuning import picture_model, text_model
    from workbench.finetune.config import RunConfig
    from workbench.finetune.engines.fast.features import PictureFeatures
    from workbench.finetune.engines.fast.scoring import Scorer
    from workbench.finetune.models import load_model, prepare_training

    folder = picture_model(tmp_path) if kind == "pictures" else text_model(tmp_path)
    config = RunConfig(model=str(folder), device="cpu", trains="full")
    loaded = prepare_training(load_model(config), config)
    draw = torch.Generator().manual_seed(0)
    pixels = {name: torch.rand((3, 32, 32), generator=draw) for name in ("one", "two")}
    lines = _lines(loaded, kind == "pictures")
    features = PictureFeatures(loaded) if kind == "pictures" else None
    if features:
        features.see(list(pixels), list(pixels.values()))
    scorer = Scorer(loaded, features)
    scorer.attention_cost = cost
    scores = scorer.score(lines)
    weights = torch.rand(scores.logps.shape, generator=draw)
    (scores.logps * weights).sum().backward()
    ours = _gradients(loaded.model)
    loaded.model.zero_grad()
    padded = _padded_logps(loaded, lines, pixels if features else {})
    assert torch.allclose(scores.logps, padded, atol=2e-5)
    (padded * weights).sum().backward()
    theirs = _gradients(loaded.model)
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        assert torch.allclose(gradient, theirs[name], rtol=1e-4, atol=1e-4), name


def _lines(loaded: Any, has_pictures: bool) -> list[Line]:
    image = loaded.tokenizer.convert_tokens_to_ids("<image>")
    start = (2, *(image for _ in range(16)), 8) if has_pictures else (2, 7, 8)
    shown = [("one",), ("one",), ("two",), ("one",)] if has_pictures else [()] * 4
    answers = [(9, 10, 11, 3), (9, 10, 3), (9, 10, 11, 3), (12, 3)]
    return [Line(start, answer, keys) for answer, keys in zip(answers, shown, strict=True)]


def _padded_logps(loaded: Any, lines: list[Line], pixels: dict[str, Any]) -> Any:
    """Score the lines one by one as transformers does, in as many columns as the longest answer has."""
    import torch

    rows = []
    for line in lines:
        shown = {"pixel_values": torch.stack([pixels[key] for key in line.pictures])} if line.pictures else {}
        ids = torch.tensor([line.prompt + line.answer])
        logits = loaded.model(input_ids=ids, **shown).logits[0, :-1].log_softmax(-1)
        found = logits.gather(1, ids[0, 1:, None])[len(line.prompt) - 1 :, 0]
        rows.append(torch.nn.functional.pad(found, (0, max(len(o.answer) for o in lines) - len(found))))
    return torch.stack(rows)


def _gradients(model: Any) -> dict[str, Any]:
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}
