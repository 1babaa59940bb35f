"""What the table answers is what a slow, plain join of all tables says: rows, order, counts, tiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_join import join_pairs

from widgets.rows import SORTS, Scope, parts_of
from widgets.table.columns import Columns
from widgets.table.pages import page_told
from widgets.table.pair_table import PairTable
from widgets.table.reading import TablesNow
from widgets.table.selection import Selection
from widgets.table.shown import Shown
from workbench import schema
from workbench.payloads import VERDICT_COLUMNS

WORDS = ("dog", "Cat", "red ball", "ein Hund", "")
#: Each is a world of its own with every part asked of it; more find no more.
_EXAMPLES = 12
SCORERS = (("similarity", "wrong_pair"), ("claims", "object"), ("claims", "count"))
TYPES = ("wrong_pair", "object", "relation")
START = datetime(2026, 1, 1, tzinfo=UTC)
FILTERS = (
    "", "dog", "NOT dog", "dog OR score<0.3", "is:flagged", "error:object NOT error:relation",
    "reviewed:no", "verdict:fine OR is:flagged", "media:video", "path:b* dog", "percentile<0.5 text:/d.g/",
    "is:stale", "caption_number>1", "split:train OR is:scored", "caption_count:2",
)  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> TablesNow:
    """Draw few samples and captions in any order, with scores, flags and verdicts on some of them."""
    numbers = st.integers(0, 7)
    samples = draw(st.lists(numbers, unique=True, min_size=1, max_size=6))
    captions = draw(st.lists(st.tuples(st.sampled_from(samples), st.sampled_from(WORDS)), max_size=9))
    order = draw(st.permutations(range(len(captions))))
    chosen = st.lists(st.sampled_from(range(len(captions))), max_size=12) if captions else st.just([])
    value = st.sampled_from([0.1, 0.2, 0.5, 0.5, None, float("nan")])
    scores = [
        {
            "caption_id": f"c{at}", "scorer": scorer, "error_type": error_type, "encoder_key": key,
            "value": draw(value), "percentile": draw(value),
            "caption_hash": draw(st.sampled_from(["h", "old"])), "content_hash": "m",
            "scored_at": START + timedelta(seconds=number),
        }
        for number, (at, (scorer, error_type), key) in enumerate(
            (at, draw(st.sampled_from(SCORERS)), draw(st.sampled_from(["one", "two"])))
            for at in draw(chosen)
        )
    ]  # fmt: skip
    flags = [
        {"flag_id": f"f{n}", "caption_id": f"c{at}", "error_type": draw(st.sampled_from(TYPES)),
         "percentile": n / 20, "evidence": f"says rule {n}"}
        for n, at in enumerate(draw(chosen))
    ]  # fmt: skip
    verdicts = [
        {"caption_id": f"c{at}", "annotator": draw(st.sampled_from(["ana", "ben"])),
         "verdict": draw(st.sampled_from(["ok", "misaligned"])), "error_types": [],
         "at_utc": START + timedelta(seconds=n)}
        for n, at in enumerate(draw(chosen))
    ]  # fmt: skip
    return TablesNow(
        samples=_table("samples", [_sample(number) for number in samples]),
        captions=_table("captions", [_caption(at, *captions[at]) for at in order]),
        scores=_table("scores", scores).unique(
            ["caption_id", "scorer", "error_type", "encoder_key"], maintain_order=True
        ),
        flags=_table("flags", flags),
        verdicts=pl.DataFrame(verdicts, VERDICT_COLUMNS),
    )


def _table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    return schema.conform(name, pl.DataFrame(rows)) if rows else schema.empty(name)


def _sample(number: int) -> dict[str, object]:
    return {
        "sample_id": f"s{number}", "media": "video" if number % 3 else "image", "root": "r",
        "path": f"{'ab'[number % 2]}{number // 2}", "content_hash": "m", "view": f"v{number}",
        "split": "train" if number % 4 else None, "group": "event" if number in (1, 2) else None,
        "added_at": START + timedelta(days=number // 2),
    }  # fmt: skip


def _caption(at: int, sample: int, text: str) -> dict[str, object]:
    return {
        "caption_id": f"c{at}",
        "sample_id": f"s{sample}",
        "kind": "caption",
        "text": text,
        "caption_hash": "h",
    }


def shown_of(world: TablesNow, scope: Scope) -> tuple[PairTable, Shown]:
    table = PairTable(Columns(world, "similarity"))
    table.take_verdicts(world.verdicts)
    return table, table.arrange(scope)


def plainly(world: TablesNow, scope: Scope) -> pl.DataFrame:
    """Filter and sort the plain join, one row after another."""
    frame = join_pairs(world).with_row_index("row")
    conditions = [
        part
        for parts in parts_of(scope, PairTable(Columns(world, "similarity")).schema).values()
        for part in parts
    ]
    for condition in conditions:
        frame = frame.filter(condition.expression)
    keys = {
        "lowest": (["percentile", "score", "row"], [False, False, False]),
        "highest": (["percentile", "score", "row"], [True, True, False]),
        "suspicious": (["percentile", "row"], [False, False]),
        "newest": (["added_at", "row"], [True, False]),
        "path": (["path", "row"], [False, False]),
    }
    names, descending = keys[scope.sort]
    return frame.sort(names, descending=descending, nulls_last=True)


SCOPES = st.builds(
    Scope,
    text=st.sampled_from(FILTERS),
    low=st.sampled_from([None, None, 0.15]),
    errors=st.sampled_from([(), (), ("object",), ("object", "wrong_pair")]),
    media=st.sampled_from([(), (), ("video",)]),
    sort=st.sampled_from([name for name in SORTS if name != "random"]),
)


@settings(max_examples=_EXAMPLES, deadline=None)
@given(worlds(), SCOPES)
def test_what_is_shown_is_what_a_plain_join_says(world: TablesNow, scope: Scope) -> None:
    table, shown = shown_of(world, scope)
    plain = plainly(world, scope)
    assert shown.rows == plain.height
    assert shown.between(0, 60).tolist() == plain["row"].to_list()  # by its head alone
    assert shown.all.tolist() == plain["row"].to_list()  # by the whole order
    told = page_told(table, shown, shown.between(0, 60), Selection(table.columns), lambda _ids: {})
    names = (
        "sample_id",
        "caption_id",
        "text",
        "score",
        "percentile",
        "error_types",
        "evidence",
        "is_stale",
        "caption_number",
        "caption_count",
    )
    assert [{name: row[name] for name in names} for row in told] == plain.select(names).to_dicts()
    values = plain.select(list(table.columns.scores)).to_dicts() if table.columns.scores else [{}] * len(told)
    assert [row["scores"] for row in told] == [
        {name: value for name, value in row.items() if value is not None} for row in values
    ]


@settings(max_examples=_EXAMPLES, deadline=None)
@given(worlds())
def test_the_frame_for_a_cell_is_the_plain_join(world: TablesNow) -> None:
    table, _ = shown_of(world, Scope())
    plain = join_pairs(world)
    made = table.frame().select(plain.columns)
    assert made.drop("error_types").equals(plain.drop("error_types"))
    assert made["error_types"].list.sort().equals(plain["error_types"].list.sort())


@settings(max_examples=_EXAMPLES, deadline=None)
@given(worlds(), SCOPES)
def test_the_code_shown_lets_the_same_rows_through_in_a_cell(world: TablesNow, scope: Scope) -> None:
    table, shown = shown_of(world, scope)
    frame = table.frame()
    kept = eval(shown.code, {"frame": frame, "pl": pl}) if shown.code else frame  # noqa: S307 the code shown is under test
    assert kept["caption_id"].to_list() == frame[shown.all_rows()]["caption_id"].to_list()


@settings(max_examples=_EXAMPLES, deadline=None)
@given(worlds(), SCOPES)
def test_each_count_is_over_what_the_other_parts_let_through(world: TablesNow, scope: Scope) -> None:
    _, shown = shown_of(world, scope)
    facets = shown.facets()
    of_errors = plainly(world, _without(scope, errors=()))["error_types"].explode().drop_nulls()
    assert facets["errors"] == dict(of_errors.value_counts().iter_rows())
    of_media = plainly(world, _without(scope, media=())).unique("sample_id")["media"]
    assert facets["media"] == dict(of_media.value_counts().iter_rows())
    scored = plainly(world, _without(scope, low=None))["score"].count()
    histogram = facets["histogram"]
    assert sum(histogram["shown"]) == scored if histogram else scored == 0


def _without(scope: Scope, **changed: object) -> Scope:
    return Scope(**{name: changed.get(name, getattr(scope, name)) for name in Scope.__slots__})


@settings(max_examples=_EXAMPLES, deadline=None)
@given(worlds(), SCOPES, st.sampled_from(["sample", "group"]))
def test_a_tile_is_shown_where_its_first_caption_is(world: TablesNow, scope: Scope, tile: str) -> None:
    table, shown = shown_of(world, _without(scope, tile=tile))
    plain = plainly(world, scope)
    of_group = dict(world.samples.select("sample_id", pl.coalesce("group", "sample_id")).iter_rows())
    named = plain["sample_id"] if tile == "sample" else plain["sample_id"].replace(of_group)
    told = page_told(table, shown, shown.between(0, 60), Selection(table.columns), lambda _ids: {})
    assert shown.tiles == len(told)
    names = [
        row["sample"]["sample_id"] if tile == "sample" else row["group"] or row["views"][0]["sample_id"]
        for row in told
    ]
    assert names == named.unique(maintain_order=True).to_list()
    matched = [one["caption_id"] for row in told for one in row["captions"] if one["is_match"]]
    assert sorted(matched) == sorted(plain["caption_id"].drop_nulls().to_list())
    every = join_pairs(world).filter(pl.col("caption_id").is_not_null())
    for row in told:
        members = {one["sample_id"] for one in ([row["sample"]] if tile == "sample" else row["views"])}
        mine = every.filter(pl.col("sample_id").is_in(members))
        assert sorted(one["caption_id"] for one in row["captions"]) == sorted(mine["caption_id"])


@pytest.mark.parametrize("tile", ["caption", "sample", "group"])
@given(worlds(), st.integers(0, 3))
@settings(max_examples=_EXAMPLES, deadline=None)
def test_a_shuffle_follows_from_its_seed_and_leaves_nothing_out(
    tile: str, world: TablesNow, seed: int
) -> None:
    scope = Scope(sort="random", seed=seed, tile=tile)
    shuffled = shown_of(world, scope)[1].all.tolist()
    assert shuffled == shown_of(world, scope)[1].between(0, 60).tolist()
    assert sorted(shuffled) == sorted(shown_of(world, Scope(tile=tile))[1].all.tolist())
