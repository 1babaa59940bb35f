"""Turn pairs into token ids, exactly as TRL does, with their pictures read once each.

A model of text reads prompt and answer as one text; a model of pictures reads them apart. What is longer than
`max_tokens` is left out whole: an answer that is cut teaches a model not to end, and two answers that differ
after the cut teach nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.models import Loaded
from workbench.finetune.pictures import count_pictures, pictures_of
from workbench.finetune.wording import Wording, is_chat, word_pair

if TYPE_CHECKING:
    import torch
    from PIL import Image

__all__ = ["Example", "See", "make_examples", "token_limit"]

#: Is handed the keys of pictures that were not seen before, and what the processor makes of each, in order.
See = Callable[[Sequence[str], "Sequence[torch.Tensor]"], None]
_READ_TOGETHER: Final = 64


@dataclass(frozen=True, slots=True)
class Example:
    """A pair as tokens.

    Attributes:
        pair_id: whose.
        prompt_ids: of the prompt, one for each patch of a picture.
        chosen_ids, rejected_ids: of the answers, end marks included.
        chosen_places, rejected_places: the characters of the caption, [first, end), that each token
            covers; (0, 0) for marks. Empty where the tokenizer does not tell.
        pictures: a key for each, that changes with a pixel.
    """

    pair_id: str
    prompt_ids: tuple[int, ...]
    chosen_ids: tuple[int, ...]
    rejected_ids: tuple[int, ...]
    chosen_places: tuple[tuple[int, int], ...] = ()
    rejected_places: tuple[tuple[int, int], ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """Tokens of the prompt and the longer answer."""
        return len(self.prompt_ids) + max(len(self.chosen_ids), len(self.rejected_ids))


def make_examples(
    rows: pl.DataFrame, loaded: Loaded, config: RunConfig, see: See | None = None
) -> list[Example]:
    """Return the pairs as tokens, those that are too long left out.

    Args:
        rows: fit rows of `ROW_SCHEMA`.
        loaded: tokenizer, processor and template.
        config: the longest pair that is taken, how media become pictures.
        see: is handed each picture once, as the model takes it.

    Raises:
        MediaError: when a picture cannot be read.
        RunError: when a pair has no tokens to learn from.
    """
    wanted = list(rows.iter_rows(named=True))
    if not wanted:
        return []
    made = _with_pictures(wanted, loaded, config, see) if loaded.takes_pictures else _of_text(wanted, loaded)
    for one in made:
        if not one.chosen_ids or not one.rejected_ids:
            raise RunError(f"Pair {one.pair_id} has an answer without a token.", "Leave the pair out.")
    limit = token_limit(loaded, config)
    return [one for one in made if one.longest <= limit]


def token_limit(loaded: Loaded, config: RunConfig) -> int:
    """Return how many tokens the longest pair may have: as asked, or as many as the model can place."""
    if config.max_tokens is not None:
        return config.max_tokens
    own = loaded.model.config.get_text_config()
    return int(getattr(own, "max_position_embeddings", None) or 1 << 30)


def _of_text(rows: Sequence[Mapping[str, object]], loaded: Loaded) -> list[Example]:
    wordings = [word_pair(row, loaded, 0) for row in rows]
    plain = not is_chat(loaded)
    prompts = _tokenize(loaded, [one.asked for one in wordings], plain)
    both = _tokenize(
        loaded, [one.prompt + text for one in wordings for text in (one.chosen, one.rejected)], plain
    )
    return [
        _cut(row, wording, prompt.ids, both[2 * at], both[2 * at + 1])
        for at, (row, wording, prompt) in enumerate(zip(rows, wordings, prompts, strict=True))
    ]


def _cut(
    row: Mapping[str, object], words: Wording, prompt: Sequence[int], chosen: _Tokens, rejected: _Tokens
) -> Example:
    """Split prompt from answers where they part: tokens may merge across the border."""
    until = min(_common(prompt, chosen.ids), _common(prompt, rejected.ids))
    start = len(words.prompt)
    return Example(
        str(row["pair_id"]),
        tuple(prompt[:until]),
        tuple(chosen.ids[until:]),
        tuple(rejected.ids[until:]),
        _places(chosen.places[until:], start + words.chosen_at, row["chosen"]),
        _places(rejected.places[until:], start + words.rejected_at, row["rejected"]),
    )


def _with_pictures(
    rows: Sequence[Mapping[str, object]], loaded: Loaded, config: RunConfig, see: See | None
) -> list[Example]:
    wordings = [word_pair(row, loaded, count_pictures(row, config)) for row in rows]
    answers = _tokenize(
        loaded, [text for one in wordings for text in (one.chosen, one.rejected)], plain=False
    )
    prompts: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
    shown: list[tuple[str, ...]] = []
    for part, keys, images in _read(rows, config):
        shown += keys
        asked = {(wordings[at].prompt, key): image for at, key, image in zip(part, keys, images, strict=True)}
        _process({one: image for one, image in asked.items() if one not in prompts}, loaded, prompts, see)
    return [
        Example(
            str(row["pair_id"]),
            prompts[words.prompt, shown[at]],
            tuple(answers[2 * at].ids),
            tuple(answers[2 * at + 1].ids),
            _places(answers[2 * at].places, words.chosen_at, row["chosen"]),
            _places(answers[2 * at + 1].places, words.rejected_at, row["rejected"]),
            shown[at],
        )
        for at, (row, words) in enumerate(zip(rows, wordings, strict=True))
    ]


def _read(
    rows: Sequence[Mapping[str, object]], config: RunConfig
) -> Iterator[tuple[range, list[tuple[str, ...]], list[list[Image.Image]]]]:
    """Yield stretches of rows, the keys of their pictures, and the pictures; none is read twice in a row."""
    for start in range(0, len(rows), _READ_TOGETHER):
        part = range(start, min(start + _READ_TOGETHER, len(rows)))
        read: dict[str, tuple[tuple[str, ...], list[Image.Image]]] = {}
        for at in part:
            place = _place(rows[at])
            if place not in read:
                images = pictures_of(rows[at], config)
                read[place] = (tuple(map(_key, images)), images)
        found = [read[_place(rows[at])] for at in part]
        yield part, [keys for keys, _ in found], [images for _, images in found]


def _process(
    asked: Mapping[tuple[str, tuple[str, ...]], list[Image.Image]],
    loaded: Loaded,
    prompts: dict[tuple[str, tuple[str, ...]], tuple[int, ...]],
    see: See | None,
) -> None:
    """Let the processor read prompts with their pictures; those with equally many pictures together."""
    for count in {len(images) for images in asked.values()}:
        group = {one: images for one, images in asked.items() if len(images) == count}
        shown = {"images": list(group.values())} if count else {}
        read = loaded.processor(
            text=[prompt for prompt, _ in group], **shown,
            padding=True, padding_side="left", return_tensors="pt", add_special_tokens=False,
        )  # fmt: skip
        for one, ids, mask in zip(group, read["input_ids"], read["attention_mask"], strict=True):
            prompts[one] = tuple(ids[mask.bool()].tolist())
        if see is not None and count:
            keys = [key for _, pictures in group for key in pictures]
            pixels = read["pixel_values"].reshape(len(keys), *read["pixel_values"].shape[-3:])
            see(keys, list(pixels))


def _place(row: Mapping[str, object]) -> str:
    return repr([row[name] for name in ("media", "paths", "start_s", "end_s")] + [row.get("collage")])


def _key(image: Image.Image) -> str:
    digest = hashlib.blake2b(repr(image.size).encode(), digest_size=12)
    digest.update(image.tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Tokens:
    ids: list[int]
    places: list[tuple[int, int]]


def _tokenize(loaded: Loaded, texts: Sequence[str], plain: bool) -> list[_Tokens]:
    """Tokenize; a template has written the marks of a beginning itself."""
    tokenizer: Any = loaded.tokenizer
    tells_places = bool(getattr(tokenizer, "is_fast", False))
    read = tokenizer(list(texts), add_special_tokens=plain, return_offsets_mapping=tells_places)
    places = read["offset_mapping"] if tells_places else [[] for _ in texts]
    return [_Tokens(list(ids), list(where)) for ids, where in zip(read["input_ids"], places, strict=True)]


def _places(found: Sequence[tuple[int, int]], start: int, caption: object) -> tuple[tuple[int, int], ...]:
    """Return where in its caption each token stands; (0, 0) for one that covers none of it."""
    end = len(str(caption))
    inside = ((max(first - start, 0), min(last - start, end)) for first, last in found)
    return tuple((first, last) if first < last else (0, 0) for first, last in inside)


def _common(ids: Sequence[int], others: Sequence[int]) -> int:
    for at, (one, other) in enumerate(zip(ids, others, strict=False)):
        if one != other:
            return at
    return min(len(ids), len(others))
