"""Lint a file of pairs before any workspace exists: read it, look for its media, run the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import MediaError, MissingExtraError
from workbench.media import probe
from workbench.media.likeness import read_look
from workbench.pairs.files import BadPair, FilePair, read_pairs
from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint import LintReport, LintSettings, PairSet, lint
from workbench.preferences.lint.pairset import MEDIA_COLUMNS, NOBODY, ROW_COLUMNS
from workbench.preferences.lint.target import Target
from workbench.preferences.pair import variant_id
from workbench.records import content_hash

__all__ = ["file_pair_set", "lint_file", "settle"]

_EMBEDDED: Final = "embedded:"
_MOST_PROBED: Final = 5_000


def lint_file(
    source: Path | str,
    *,
    format: str | None = None,
    media_root: Path | str | None = None,
    target: Target | None = None,
    settings: LintSettings | None = None,
    rules: Iterable[str] | None = None,
) -> LintReport:
    """Look at a file of preference pairs with every lint rule.

    The rows of a finding are row numbers of the file, from 1.

    Args:
        source: a file or folder that `workbench.pairs.files.read_pairs` reads.
        format: a name of `FORMATS`; told from the rows when left out.
        media_root: where the paths of media start; the folder of the file when left out.
        target: the model to be tuned; see `workbench.preferences.lint.target.load_target`.
        settings: when the rules speak.
        rules: names of rules; all of them when left out.

    Raises:
        PairError: when the file cannot be read as pairs.
        UnknownNameError: for a format or rule that does not exist.
    """
    path = Path(source).expanduser()
    known, found = read_pairs(path, format)
    root = Path(media_root).expanduser() if media_root else path if path.is_dir() else path.parent
    pairs = file_pair_set(list(found), root, target=target, settings=settings)
    return lint(pairs, rules=rules, subject=f"{path.name}, read as {known.title}")


def file_pair_set(
    found: Sequence[FilePair | BadPair],
    media_root: Path,
    *,
    target: Target | None = None,
    settings: LintSettings | None = None,
) -> PairSet:
    """Bring the pairs of a file into the shape that the rules look at; answers on an item become one pair."""
    items: dict[tuple[str, str], list[FilePair]] = {}
    for pair in found:
        if isinstance(pair, FilePair):
            items.setdefault((pair.item or pair.row, pair.criterion), []).append(pair)
    rows = [_row(answers) for answers in items.values()]
    judgements = [one for answers in items.values() for one in _judgements(answers)]
    has_splits = len({row["split"] for row in rows}) > 1
    paths = dict.fromkeys(path for pair in found if isinstance(pair, FilePair) for path in pair.media)
    media = [_look_into(path, media_root, look=has_splits, read=len(paths) <= _MOST_PROBED) for path in paths]
    return PairSet(
        pl.DataFrame(rows, schema=dict(ROW_COLUMNS)),
        judgements=pl.DataFrame(judgements, schema=JUDGEMENT_COLUMNS),
        media=pl.DataFrame(media, schema=dict(MEDIA_COLUMNS)),
        target=target,
        settings=settings or LintSettings(),
        unread=tuple((pair.row, pair.reason) for pair in found if isinstance(pair, BadPair)),
        is_file=True,
    )


def settle(answers: Sequence[FilePair]) -> tuple[FilePair, str]:
    """Return the answer that most annotators of an item gave, and the status the item has by them all."""
    voices = Counter((one.answer, one.chosen if one.answer == "prefer" else "") for one in answers)
    (first, most), *rest = voices.most_common(2)
    pair = next(one for one in answers if (one.answer, one.chosen if one.answer == "prefer" else "") == first)
    if len(answers) == 1 and pair.status:
        return pair, pair.status
    if rest and rest[0][1] == most:
        return pair, "disputed"
    return pair, "accepted" if pair.answer == "prefer" else pair.answer


def _row(answers: Sequence[FilePair]) -> dict[str, object]:
    pair, status = settle(answers)
    chosen, rejected = _ids(pair)
    return dict.fromkeys(ROW_COLUMNS) | {
        "pair_id": pair.item or pair.row,
        "chosen_id": chosen,
        "rejected_id": rejected,
        "sample_id": pair.sample_id or None,
        "chosen_text": pair.chosen,
        "rejected_text": pair.rejected,
        "prompt": pair.prompt,
        "media": list(pair.media),
        "side": pair.side,
        "origin": pair.origin,
        "builder": pair.builder,
        "error_type": pair.error_type,
        "criterion": pair.criterion,
        "completeness": pair.completeness,
        "is_leaky": pair.is_leaky,
        "annotator": pair.annotator if len(answers) == 1 else None,
        "status": status,
        "split": pair.split,
        "lang": pair.lang,
        "strength": pair.strength,
        "margin": pair.margin,
        "is_ordered": status in ("accepted", "proposed"),
        "roles": ",".join(pair.roles) or None,
        "image_marks": pair.image_marks,
        "problem": pair.problem or None,
    }


def _judgements(answers: Sequence[FilePair]) -> list[dict[str, object]]:
    """Return the answers of which it is known who gave them, or what was on the left."""
    made = []
    for pair in answers:
        if not pair.annotator and not pair.left:
            continue
        chosen, rejected = _ids(pair)
        row = dict.fromkeys(JUDGEMENT_COLUMNS) | {
            "pair_id": pair.item or pair.row,
            "annotator": pair.annotator or NOBODY,
            "answer": pair.answer,
            "winner": chosen if pair.answer == "prefer" else None,
            "left": {"chosen": chosen, "rejected": rejected}.get(pair.left),
            "strength": pair.strength,
            "criterion": pair.criterion or "preference",
            "occasion": 1,
        }
        made.append(row)
    return made


def _ids(pair: FilePair) -> tuple[str, str]:
    place = "\0".join((*pair.media, pair.prompt))
    return variant_id(place, pair.chosen, "imported"), variant_id(place, pair.rejected, "imported")


def _look_into(path: str, root: Path, *, look: bool, read: bool) -> dict[str, object]:
    """Return what is known of a media file: whether it is there, can be read, and is what another one is.

    Args:
        path: as the file of pairs writes it.
        root: where relative paths start.
        look: also hash its bytes and its look, to compare splits.
        read: look inside; with very many files it is only seen whether they are there.
    """
    row: dict[str, object] = dict.fromkeys(MEDIA_COLUMNS) | {"media_id": path, "path": path}
    if path.startswith(_EMBEDDED):
        return row | {"content_hash": path.removeprefix(_EMBEDDED)}
    if "://" in path[:12]:
        return row | {"reason": "it is a web address; download it"}
    file = root / path
    if not file.is_file():
        return row | {"reason": "there is no such file"}
    if not read:
        return row | {"reason": "the file is empty"} if not file.stat().st_size else row
    try:
        found = probe(file)
        row |= {"kind": found.media, "width": found.width, "height": found.height}
        if look:
            row |= {"content_hash": content_hash(file), "look": _look(file, found.media)}
    except (MediaError, OSError) as error:
        row["reason"] = str(error)[:160].rstrip(".")
    except MissingExtraError:
        return row  # without the package that opens it nobody knows whether it is sound
    return row


def _look(file: Path, media: str) -> bytes | None:
    try:
        return read_look(file, media)
    except MissingExtraError:
        return None
