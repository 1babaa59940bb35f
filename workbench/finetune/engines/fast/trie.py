"""Lay a batch of texts out as trees of their openings, so that what several share is computed once.

A node is a token after everything before it. Two texts with one opening go through the same nodes until they
part, so a prompt, a picture and the common start of both answers are read once. Nothing is padded. A tree
costs attention in the square of its size, so texts that share little are put into trees of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Forest", "Line", "Tree", "grow_forest"]

#: Keys from here on mean patches of pictures: 2^40 + 2^20 a picture + the number of the patch.
_PICTURES: Final = 1 << 40
_PATCHES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One text: what it begins with, what is to be scored, and the pictures in its beginning.

    Attributes:
        prompt, answer: token ids.
        pictures: a key each, in the order in which their patches stand in the prompt.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes `start` to `end` of a forest, which attend to nobody outside.

    Attributes:
        sees: (nodes, nodes) True where the one of the row descends from the one of the column, or is it.
    """

    start: int
    end: int
    sees: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Forest:
    """A batch as trees.

    Attributes:
        ids: (nodes,) token ids.
        depths: (nodes,) how many tokens stand before each.
        trees: the trees, smallest first; together they are all nodes in order.
        picture_nodes: (patches,) nodes that are patches of pictures.
        picture_places: (patches, 2) number of the picture in `pictures`, number of the patch in it.
        pictures: the keys, each once.
        heads: (rows,) nodes after which a scored token comes, each once.
        head_of: (scored,) which of `heads` each scored token comes after.
        targets: (scored,) the token ids.
        answers: (lines, longest answer) number of each answer's token among the scored ones; -1 for
            none, also for a first token that nothing stands before.
    """

    ids: npt.NDArray[np.int64]
    depths: npt.NDArray[np.int64]
    trees: tuple[Tree, ...]
    picture_nodes: npt.NDArray[np.int64]
    picture_places: npt.NDArray[np.int64]
    pictures: tuple[str, ...]
    heads: npt.NDArray[np.int64]
    head_of: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    answers: npt.NDArray[np.int64]


def grow_forest(
    lines: Sequence[Line], picture_token: int | None = None, attention_cost: float = 0.002
) -> Forest:
    """Lay out a batch.

    Args:
        lines: the texts.
        picture_token: the id that stands for a patch; None for texts alone.
        attention_cost: of a pair of nodes, in costs of all else that is done to a node; decides which texts
            share a tree.

    >>> forest = grow_forest([Line((5, 6), (7, 8)), Line((5, 6), (7, 9))])
    >>> forest.ids.tolist(), forest.depths.tolist(), forest.heads.tolist()
    ([5, 6, 7, 8, 9], [0, 1, 2, 3, 3], [1, 2])
    """
    pictures = {
        key: number for number, key in enumerate(dict.fromkeys(k for one in lines for k in one.pictures))
    }
    keys = [_keys(line, picture_token, pictures) for line in lines]
    groups = _share(keys, attention_cost)
    planted = sorted((_plant(group, keys) for group in groups), key=lambda tree: len(tree.keys))
    paths: list[list[int]] = [[] for _ in lines]
    trees, start = [], 0
    for tree in planted:
        for line, path in tree.paths.items():
            paths[line] = [start + node for node in path]
        trees.append(Tree(start, start + len(tree.keys), _descent(tree.parents)))
        start += len(tree.keys)
    all_keys = np.array([key for tree in planted for key in tree.keys], np.int64)
    depths = np.array([depth for tree in planted for depth in tree.depths], np.int64)
    return _forest(lines, all_keys, depths, tuple(trees), paths, tuple(pictures), picture_token)


@dataclass(slots=True)
class _Planted:
    keys: list[int]
    parents: list[int]
    depths: list[int]
    paths: dict[int, list[int]]


def _keys(line: Line, picture_token: int | None, pictures: Mapping[str, int]) -> tuple[int, ...]:
    """Return what makes two tokens one node: the id, or the very patch of the very picture."""
    if not line.pictures:
        return line.prompt + line.answer
    total = line.prompt.count(picture_token) if picture_token is not None else 0
    patches = total // len(line.pictures)
    keys, seen = [], 0
    for token in line.prompt:
        if token == picture_token:
            number = pictures[line.pictures[seen // patches]]
            keys.append(_PICTURES + _PATCHES * number + seen % patches)
            seen += 1
        else:
            keys.append(token)
    return (*keys, *line.answer)


def _share(keys: Sequence[tuple[int, ...]], cost: float) -> list[list[int]]:
    """Return which lines share a tree: neighbours in order of keys, as long as it costs less than two."""
    groups: list[list[int]] = []
    nodes = 0
    before: tuple[int, ...] = ()
    for line in sorted(range(len(keys)), key=keys.__getitem__):
        own, new = len(keys[line]), len(keys[line]) - _common(before, keys[line])
        joined = new + cost * ((nodes + new) ** 2 - nodes**2)
        if groups and joined <= own + cost * own**2:
            groups[-1].append(line)
            nodes += new
        else:
            groups.append([line])
            nodes = own
        before = keys[line]
    return groups


def _plant(group: Sequence[int], keys: Sequence[tuple[int, ...]]) -> _Planted:
    tree = _Planted([], [], [], {})
    path: list[int] = []
    before: tuple[int, ...] = ()
    for line in group:  # in order of keys, so that each shares with the one before whatever it shares at all
        path = path[: _common(before, keys[line])]
        for key in keys[line][len(path) :]:
            tree.parents.append(path[-1] if path else -1)
            tree.depths.append(len(path))
            path.append(len(tree.keys))
            tree.keys.append(key)
        tree.paths[line] = list(path)
        before = keys[line]
    return tree


def _descent(parents: Sequence[int]) -> npt.NDArray[np.bool_]:
    sees = np.eye(len(parents), dtype=np.bool_)
    for node, parent in enumerate(parents):
        if parent >= 0:
            sees[node] |= sees[parent]
    return sees


def _forest(
    lines: Sequence[Line],
    keys: npt.NDArray[np.int64],
    depths: npt.NDArray[np.int64],
    trees: tuple[Tree, ...],
    paths: Sequence[Sequence[int]],
    pictures: tuple[str, ...],
    picture_token: int | None,
) -> Forest:
    is_patch = keys >= _PICTURES
    inside = keys[is_patch] - _PICTURES
    heads: dict[int, int] = {}
    scored: dict[int, int] = {}
    head_of: list[int] = []
    targets: list[int] = []
    answers = np.full((len(lines), max((len(line.answer) for line in lines), default=0)), -1, np.int64)
    for number, (line, path) in enumerate(zip(lines, paths, strict=True)):
        start = len(line.prompt)
        for at in range(start, len(path)):
            if at == 0:
                continue
            node = path[at]
            if node not in scored:
                scored[node] = len(scored)
                head_of.append(heads.setdefault(path[at - 1], len(heads)))
                targets.append(int(keys[node]))
            answers[number, at - start] = scored[node]
    return Forest(
        np.where(is_patch, picture_token or 0, keys),
        depths,
        trees,
        np.flatnonzero(is_patch),
        np.column_stack([inside // _PATCHES, inside % _PATCHES]),
        pictures,
        np.array(list(heads), np.int64),
        np.array(head_of, np.int64),
        np.array(targets, np.int64),
        answers,
    )


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    low, high = 0, shorter  # equal until low, not until high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle)
    return low
