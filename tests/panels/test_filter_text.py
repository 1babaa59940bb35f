"""The filter language: what it lets through, the code it shows, and where it points when it is wrong."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.filter_text import FilterError, compile_filter

FRAME = pl.DataFrame(
    {
        "text": ["A brown dog chases a red ball", "Two cats", None],
        "path": ["beach/1.jpg", "home/2.mp4", "home/3.wav"],
        "media": ["image", "video", "audio"],
        "similarity": [0.1, 0.3, None],
        "score": [0.1, 0.3, None],
        "error_types": [["object"], [], []],
        "verdict": ["ok", None, None],
        "is_stale": [False, True, False],
        "tokens": [9, 76, None],
    }
)


def kept(text: str) -> list[int]:
    """Return the rows let through, by the expression and by the code shown, which must agree."""
    made = compile_filter(text, FRAME.schema)
    if made is None:
        return [0, 1, 2]
    numbered = FRAME.with_row_index("row")
    rows = numbered.filter(made.expression)["row"].to_list()
    shown = numbered.filter(eval(made.code, {"pl": pl}))["row"].to_list()  # noqa: S307 the code shown is under test
    assert rows == shown, made.code
    return rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2]),
        ("dog", [0]),
        ("DOG red", [0]),
        ('"red ball"', [0]),
        ('"red dog"', []),
        ("dog OR cats", [0, 1]),
        ("NOT dog", [1, 2]),
        ("similarity<0.2", [0]),
        ("similarity < .2 OR (cats AND NOT ball)", [0, 1]),
        ("similarity>=0.3", [1]),
        ("NOT similarity>0.2", [0, 2]),
        ("error:object", [0]),
        ("error!=object", [1, 2]),
        ("is:flagged", [0]),
        ("not:flagged", [1, 2]),
        ("reviewed:no", [1, 2]),
        ("is:unreviewed", [1, 2]),
        ("is:scored", [0, 1]),
        ("is:stale", [1]),
        ("verdict:fine", [0]),
        ("media:video", [1]),
        ("path:home/*", [1, 2]),
        ("path:jpg", [0]),
        (r"text:/\bcats?\b/", [1]),
        (r"/^a .*ball$/", [0]),
        ("dog OR cats similarity>0.2", [0, 1]),
        ("tokens:>75", [1]),
        ("tokens:<=9", [0]),
        ("tokens:76", [1]),
        ("tokens:!=76", [0]),
        ("NOT tokens:>75", [0, 2]),
        ("(dog OR cats) tokens:>75", [1]),
        ('NOT "red ball" NOT similarity:<0.2', [1, 2]),
        ("/(?-i)Two/", [1]),
        ("text:b?ll", []),
        ("b*l", [0]),
        ("ＤＯＧ", []),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, rows: list[int]) -> None:
    assert kept(text) == rows


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("dog AND", 7, "ends where a condition should follow"),
        ("(dog", 0, "bracket is never closed"),
        ("dog)", 3, "closes nothing"),
        ('say "dog', 4, "quotation mark is never closed"),
        ("simlarity<2", 0, "Did you mean similarity"),
        ("similarity<abc", 0, "'abc' is not a number"),
        ("dog similarity<", 14, "Nothing follows similarity<"),
        ("error:relatoin", 0, "Did you mean relation"),
        ("media:picture", 0, "Known: image, video, audio"),
        ("is:odd", 0, "There is no state 'odd'"),
        ("text>3", 0, "is not a number"),
        ("AND dog", 0, "should stand before 'AND'"),
        ("text:/[a/", 0, "cannot be read"),
        ("dog tokens:>many", 4, "'many' is not a number"),
        ("tokens:>", 0, "'' is not a number"),
        ("tokens<nan", 0, "'nan' is not a number to compare with"),
    ],
)
def test_a_wrong_filter_says_what_is_wrong_and_where(text: str, position: int, message: str) -> None:
    with pytest.raises(FilterError, match=message) as caught:
        compile_filter(text, FRAME.schema)
    assert caught.value.position == position


@given(st.text(alphabet=' ()"/<>=!:ANDORT.*[]\\aé1', max_size=30))
def test_whatever_is_typed_is_compiled_or_refused_with_a_place(text: str) -> None:
    try:
        made = compile_filter(text, FRAME.schema)
    except FilterError as error:
        position = error.position
    else:
        position = 0
        if made is not None:
            FRAME.filter(made.expression)
    assert 0 <= position <= len(text)


@given(
    st.text(alphabet=' "\\\\*/.(?i)[aBß', min_size=1, max_size=8), st.text(alphabet="aAbBß .*", max_size=8)
)
def test_quoted_words_are_found_as_they_stand_whatever_their_case(words: str, text: str) -> None:
    quoted = words.replace("\\", "\\\\").replace('"', '\\"')
    made = compile_filter(f'"{quoted}"', FRAME.schema)
    assert made is not None
    found = pl.DataFrame({"text": [text]}).filter(made.expression).height == 1
    assert found == (words.lower() in text.lower())
