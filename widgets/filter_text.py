"""The filter language: a line of text in, a Polars expression and the same as code out.

    dog AND NOT "red ball"        words of the caption, whatever their case
    similarity<0.2 tokens:>75     a number: < <= > >= = !=, also after a colon
    error:relation path:*beach*   a value: `*` stands for anything
    text:/\\bcats?\\b/              a regular expression
    is:flagged reviewed:no        what stands about a caption

Two conditions side by side mean AND, which binds tighter than OR; brackets group. Why not plain Polars: this
line is typed while looking at pictures; the expression it stands for is always shown, to be copied into a
script.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

import polars as pl

from workbench.errors import WorkbenchError
from workbench.records import ERROR_TYPES, MEDIA_KINDS, VERDICTS

__all__ = ["CAPTION_WORDS", "Condition", "FilterError", "Vocabulary", "compile_filter"]

_COMPARED: Final = re.compile(r"(?P<op><=|>=|!=|<|>|=)(?P<value>.*)")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\))
    | (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<regex>/(?:[^/\\]|\\.)+/)
    | (?P<field>[A-Za-z_]\w*)\s*(?P<op><=|>=|!=|<|>|=|:)\s*
      (?P<value>"(?:[^"\\]|\\.)*"|/(?:[^/\\]|\\.)+/|[^\s()"]+)?
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)


class FilterError(WorkbenchError):
    """A filter that cannot be read.

    Args:
        message: what is wrong.
        position: the character at which it goes wrong, from 0.
    """

    def __init__(self, message: str, position: int, remedy: str = "") -> None:
        self.position = position
        super().__init__(message, remedy)


@dataclass(frozen=True, slots=True)
class Condition:
    """A Polars expression together with the code that makes it.

    Attributes:
        joint: what joins its outermost parts (`atom`, `compare`, `&` or `|`): says where brackets are needed.
        parts: the conditions that must all hold, where it is made of several.
    """

    expression: pl.Expr
    code: str
    joint: str = "atom"
    parts: tuple[Condition, ...] = ()

    @property
    def conjuncts(self) -> tuple[Condition, ...]:
        """The conditions that must all hold; itself where it is but one."""
        return self.parts or (self,)

    def __and__(self, other: Condition) -> Condition:
        code = f"{self._in('&')} & {other._in('&')}"
        return Condition(self.expression & other.expression, code, "&", self.conjuncts + other.conjuncts)

    def __or__(self, other: Condition) -> Condition:
        return Condition(self.expression | other.expression, f"{self._in('|')} | {other._in('|')}", "|")

    def __invert__(self) -> Condition:
        # A null answers no question with yes; so NOT of it must be yes, not null.
        code = self.code if self.joint == "atom" else f"({self.code})"
        return Condition(~self.expression.fill_null(False), f"~{code}.fill_null(False)")

    def _in(self, joint: str) -> str:
        return self.code if self.joint in ("atom", joint) else f"({self.code})"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields that a kind of rows is filtered by, beside its own columns.

    Attributes:
        aliases: what a person types -> the column.
        offered: fields named when one is not known; every other column works too.
        measures: columns of numbers that `offered` names already, or that are not worth a name.
        values: column -> the values it can have, where they are few.
        synonyms: column -> a value as typed -> the value meant.
        states: what `is:NAME` and `NAME:yes` ask.
        opposites: a name -> the state it is the opposite of.
    """

    aliases: Mapping[str, str]
    offered: tuple[str, ...]
    measures: tuple[str, ...] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    synonyms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    states: Mapping[str, Condition] = field(default_factory=dict)
    opposites: Mapping[str, str] = field(default_factory=dict)


#: Of the rows of `widgets.table`: a caption with its sample.
CAPTION_WORDS: Final = Vocabulary(
    aliases={
        "duration": "duration_s",
        "start": "start_s",
        "end": "end_s",
        "size": "size_bytes",
        "language": "lang",
        "caption": "text",
        "error": "error_types",
    },
    offered=(
        "text", "path", "media", "error", "verdict", "reviewed", "is", "percentile", "score", "suspicion",
        "lang", "source", "kind", "split", "group", "view", "annotator", "duration", "width", "height",
        "size", "words", "tokens",
    ),
    measures=(
        "start_s", "end_s", "duration_s", "frame_rate_hz", "best_time_s", "percentile", "score", "suspicion",
    ),
    values={"error_types": ERROR_TYPES, "media": MEDIA_KINDS, "verdict": VERDICTS},
    synonyms={"verdict": {"fine": "ok", "bad": "misaligned"}},
    states={
        "flagged": Condition(
            pl.col("error_types").list.len() > 0, 'pl.col("error_types").list.len() > 0', "compare"
        ),
        "reviewed": Condition(pl.col("verdict").is_not_null(), 'pl.col("verdict").is_not_null()'),
        "scored": Condition(pl.col("score").is_not_null(), 'pl.col("score").is_not_null()'),
        "stale": Condition(pl.col("is_stale"), 'pl.col("is_stale")'),
    },
    opposites={"unreviewed": "reviewed"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    at: int
    text: str
    field: str = ""
    op: str = ""


def compile_filter(text: str, schema: pl.Schema, words: Vocabulary = CAPTION_WORDS) -> Condition | None:
    """Compile a filter against the columns of a frame.

    Args:
        text: what was typed.
        schema: the frame's columns; a scorer's values are a column of its name.
        words: the fields of the kind of rows that are filtered.

    Returns:
        The condition, or None for an empty text, which means everything.

    Raises:
        FilterError: with the position of the character at fault.

    Example:
        >>> schema = pl.Schema({"similarity": pl.Float64, "text": pl.String})
        >>> compile_filter("similarity<0.2 dog", schema).code
        '(pl.col("similarity") < 0.2) & pl.col("text").str.contains_any(["dog"], ascii_case_insensitive=True)'
    """
    tokens = list(_tokens(text))
    if not tokens:
        return None
    reader = _Reader(tokens, schema, words, len(text))
    condition = reader.either()
    if (rest := reader.peek()) is not None:
        raise FilterError("This bracket closes nothing.", rest.at, "Take it out, or add a ( before it.")
    return condition


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise FilterError("This quotation mark is never closed.", start, 'Add a " at its end.')
        kind = next(name for name in ("open", "close", "text", "regex", "field", "word") if found[name])
        yield _token(kind, found)
        at = found.end()


def _token(kind: str, found: re.Match[str]) -> _Token:
    at = found.start(kind)
    if kind == "field":
        if found["value"] is None:
            raise FilterError(
                f"Nothing follows {found['field']}{found['op']}.", found.end() - 1, "Write a value after it."
            )
        return _Token("field", at, found["value"], found["field"], found["op"])
    if kind == "word" and found["word"] in ("AND", "OR", "NOT"):
        return _Token(found["word"], at, found["word"])
    return _Token(kind, at, found[kind])


class _Reader:
    """Reads the tokens once, from left to right: OR of ANDs of NOTs of conditions."""

    def __init__(self, tokens: Sequence[_Token], schema: pl.Schema, words: Vocabulary, length: int) -> None:
        self._tokens, self._schema, self._words, self._length = tokens, schema, words, length
        self._next = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def either(self) -> Condition:
        found = self._both()
        while (token := self.peek()) is not None and token.kind == "OR":
            self._next += 1
            found = found | self._both()
        return found

    def _both(self) -> Condition:
        found = self._maybe_not()
        while (token := self.peek()) is not None and token.kind not in ("OR", "close"):
            self._next += token.kind == "AND"
            found = found & self._maybe_not()
        return found

    def _maybe_not(self) -> Condition:
        token = self.peek()
        if token is not None and token.kind == "NOT":
            self._next += 1
            return ~self._maybe_not()
        return self._condition()

    def _condition(self) -> Condition:
        token = self.peek()
        if token is None:
            raise FilterError("The filter ends where a condition should follow.", self._length)
        if token.kind in ("AND", "OR", "close"):
            raise FilterError(f"A condition should stand before {token.text!r}.", token.at)
        self._next += 1
        if token.kind == "open":
            return self._bracketed(token)
        if token.kind == "field":
            return _field_condition(token, self._schema, self._words)
        return _contains("text", token)

    def _bracketed(self, opening: _Token) -> Condition:
        inner = self.either()
        closing = self.peek()
        if closing is None:
            raise FilterError("This bracket is never closed.", opening.at, "Add a ) at its end.")
        self._next += 1
        return inner


def _field_condition(token: _Token, schema: pl.Schema, words: Vocabulary) -> Condition:
    name = token.field.lower()
    if name in ("is", "not") and token.op in (":", "="):
        return _state(token, token.text.lower(), words, wanted=name == "is")
    if name in words.states:
        return _state(token, name, words, wanted=_yes_or_no(token))
    column = words.aliases.get(name, name)
    if column not in schema:
        raise _unknown_field(token, schema, words)
    if schema[column].is_numeric():
        return _number(column, token)
    if schema[column] == pl.Boolean:
        wanted = _yes_or_no(token)
        return Condition(pl.col(column) == wanted, f'pl.col("{column}") == {wanted}', "compare")
    if token.op in ("<", "<=", ">", ">="):
        raise FilterError(f"{token.field} is not a number.", token.at, f"Write {token.field}:value.")
    if column in words.values:
        return _named_value(column, token, words, is_list=isinstance(schema[column], pl.List))
    return _contains(column, token)


def _state(token: _Token, name: str, words: Vocabulary, *, wanted: bool) -> Condition:
    if name in words.opposites:
        name, wanted = words.opposites[name], not wanted
    if name not in words.states:
        known = ", ".join([*words.states, *words.opposites])
        raise FilterError(f"There is no state {name!r}.", token.at, f"Known: {known}.")
    return words.states[name] if wanted else ~words.states[name]


def _yes_or_no(token: _Token) -> bool:
    value = token.text.lower()
    if value not in _YES + _NO:
        raise FilterError(f"{token.field} is answered by yes or no, not {token.text!r}.", token.at)
    return (value in _YES) == (token.op != "!=")


def _number(column: str, token: _Token) -> Condition:
    # After a colon the comparison is part of the value: tokens:>75 is tokens>75.
    compared = _COMPARED.fullmatch(token.text) if token.op == ":" else None
    text, op = (compared["value"], compared["op"]) if compared else (token.text, token.op)
    try:
        value = float(text)
    except ValueError:
        raise FilterError(f"{text!r} is not a number.", token.at, f"For example: {token.field}<0.2") from None
    if not math.isfinite(value):
        raise FilterError(f"{text!r} is not a number to compare with.", token.at)
    shown = int(value) if value.is_integer() and abs(value) < 1e15 else value
    op = "==" if op in (":", "=") else op
    subject = pl.col(column)
    made = {
        "<": subject < value, "<=": subject <= value, ">": subject > value, ">=": subject >= value,
        "==": subject == value, "!=": subject != value,
    }  # fmt: skip
    return Condition(made[op], f'pl.col("{column}") {op} {shown}', "compare")


def _named_value(column: str, token: _Token, words: Vocabulary, *, is_list: bool) -> Condition:
    value = token.text.strip('"').lower().replace(" ", "_").replace("-", "_")
    value = words.synonyms.get(column, {}).get(value, value)
    if value not in words.values[column]:
        close = get_close_matches(value, words.values[column], n=1)
        guess = f"Did you mean {close[0]}? " if close else ""
        raise FilterError(
            f"There is no {token.field} {token.text!r}.",
            token.at,
            f"{guess}Known: {', '.join(words.values[column])}.",
        )
    if is_list:
        made = Condition(pl.col(column).list.contains(value), f'pl.col("{column}").list.contains("{value}")')
    else:
        made = Condition(pl.col(column) == value, f'pl.col("{column}") == "{value}"', "compare")
    return made if token.op != "!=" else ~made


def _contains(column: str, token: _Token) -> Condition:
    made = _holds(column, token) or _matches(column, token)
    return made if token.op != "!=" else ~made


def _holds(column: str, token: _Token) -> Condition | None:
    """Return a search for plain words, thrice as quick as a pattern; None where a pattern is asked for."""
    text = token.text
    is_quoted, is_regex = text[:1] == '"', len(text) > 2 and text[0] == text[-1] == "/"
    words = re.sub(r"\\(.)", r"\1", text[1:-1]) if is_quoted else text
    if is_regex or not words or not words.isascii() or ("*" in words and not is_quoted):
        return None
    expression = pl.col(column).str.contains_any([words], ascii_case_insensitive=True)
    code = f'pl.col("{column}").str.contains_any([{_quoted(words)}], ascii_case_insensitive=True)'
    return Condition(expression, code)


def _matches(column: str, token: _Token) -> Condition:
    pattern = "(?i)" + _pattern(token)
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.PolarsError as error:
        raise FilterError(f"The regular expression {token.text} cannot be read.", token.at) from error
    code = f'pl.col("{column}").str.contains({_quoted(pattern)})'
    return Condition(pl.col(column).str.contains(pattern), code)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pattern(token: _Token) -> str:
    text = token.text
    if len(text) > 2 and text[0] == text[-1] == "/":
        return text[1:-1].replace("\\/", "/")
    if text[:1] == '"':
        return re.escape(re.sub(r"\\(.)", r"\1", text[1:-1])).replace("\\ ", " ")
    if "*" in text:
        body = ".*".join(re.escape(part) for part in text.split("*"))
        return f"^{body}$" if token.kind == "field" else body
    return re.escape(text)


def _unknown_field(token: _Token, schema: pl.Schema, words: Vocabulary) -> FilterError:
    scorers = [name for name, kind in schema.items() if kind == pl.Float64 and name not in words.measures]
    known = [
        name
        for name in (*words.offered, *scorers)
        if words.aliases.get(name, name) in schema or name == "is" or name in words.states
    ]
    close = get_close_matches(token.field.lower(), known, n=1)
    told = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}."
    return FilterError(
        f"There is no field {token.field!r}.", token.at, f"{told} To look for the words, put them in quotes."
    )
