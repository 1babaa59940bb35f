"""The winner that is exported is the caption that the person saw and chose, whatever happened on the way.

Sides are shuffled, so an answer must be mapped back from the side to the caption. Others' tools have lost it
there: answers stored by side, mapped twice or never. These tests play people who read *texts* on a screen and
press a side; what they meant is kept in texts by a model of its own, which knows no ids, sides or events.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.made_stores import fill
from widgets.pairs.judge import JudgeCore
from workbench.export.pairs import export_pairs, read_back_pairs
from workbench.pairs import add_pairs, frame_of_pairs, standing_pairs
from workbench.pairs.queue import JudgeItem, show_pair
from workbench.payloads import decode, encode, judgements_frame
from workbench.preferences.pair import Pair, variant_id
from workbench.records import Judgement, Verdict
from workbench.replay import Replay
from workbench.store import Store
from workbench.workspace import Workspace

#: Sessions of people at the judge's desk; with those in the kernel below, ten thousand.
SESSIONS, KERNEL_SESSIONS = 9_940, 60
ACTS = ("left", "right", "tie", "both_bad", "skip", "undo", "redo", "reopen")

Subject = tuple[str, int]  # a pair and an occasion
Meaning = tuple[str, str]  # an answer, and the text that is better


@dataclass
class Meant:
    """What one person meant, in texts: a stack of what they said, and what they took back."""

    said: list[tuple[Subject, Meaning]] = field(default_factory=list)
    taken_back: list[tuple[Subject, Meaning]] = field(default_factory=list)

    def say(self, subject: Subject, meaning: Meaning) -> None:
        self.said.append((subject, meaning))
        self.taken_back.clear()

    def turn(self, act: str) -> None:
        source, target = (self.said, self.taken_back) if act == "undo" else (self.taken_back, self.said)
        if source:
            target.append(source.pop())

    def standing(self) -> dict[Subject, Meaning]:
        return dict(self.said)


class Desk:
    """Plays the journal and the store: events as stored text, and the state replayed from them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, int | None]] = []
        self.reopen()

    def reopen(self) -> None:
        self.replay: Replay[Verdict | Judgement] = Replay()
        for number, (kind, payload, target) in enumerate(self.events, start=1):
            self.replay.apply(number, kind, decode(payload), target)

    def append(self, kind: str, decision: Verdict | Judgement, target: int | None = None) -> None:
        self.events.append((kind, encode(decision), target))
        self.replay.apply(len(self.events), kind, decode(encode(decision)), target)

    def turn(self, act: str, annotator: str) -> None:
        find = self.replay.last_done if act == "undo" else self.replay.last_undone
        if found := find(annotator, "judge"):
            self.append(act, found[1], found[0])


class SpokenJournal:
    """Plays a journal in which these judgements stand."""

    def __init__(self, judgements: list[Judgement]) -> None:
        self.judgements = judgements

    def verdicts(self) -> list[Verdict]:
        return []

    def judgements_frame(self) -> pl.DataFrame:
        return judgements_frame(self.judgements)


def press(item: JudgeItem, side: str) -> tuple[str, str]:
    """Return the id of the caption on a side, and the text that is better when that side is named."""
    named, other = (item.left, item.right) if side == "left" else (item.right, item.left)
    return named.caption_id, named.text if item.ask == "better" else other.text


@dataclass(frozen=True)
class Session:
    """What people do at three pairs; each act is one number, which draws and shrinks quickly."""

    people: list[str]
    seed: int
    kinds: list[str]
    ask: str | None
    acts: list[int]

    def steps(self) -> Iterator[tuple[str, int, int, str]]:
        """Yield who, at which pair, on which occasion, does what."""
        for code in self.acts:
            code, act = divmod(code, len(ACTS))
            code, occasion = divmod(code, 2)
            who, number = divmod(code, 3)
            yield self.people[who % len(self.people)], number, occasion + 1, ACTS[act]


SESSION = st.builds(
    Session,
    people=st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=3, unique=True),
    seed=st.integers(-(2**63), 2**63),
    kinds=st.permutations(("open", "proposed", "across")),
    ask=st.sampled_from((None, "better", "worse")),
    acts=st.lists(st.integers(0, len(ACTS) * 2 * 3 * 3 - 1), min_size=1, max_size=10),
)


def pairs_of(case: int, kinds: list[str]) -> list[Pair]:
    return [
        Pair(
            f"s{case}", f"c{case}.{n}.one", f"c{case}.{n}.two", f"{case}.{n}: a cat", f"{case}.{n}: two cats",
            "across" if kind == "across" else "candidate", is_ordered=kind != "open",
            rejected_sample_id=f"t{case}" if kind == "across" else "",
        )
        for n, kind in enumerate(kinds)
    ]  # fmt: skip


def play(case: int, session: Session) -> tuple[list[Pair], list[Judgement], dict[str, Meant]]:
    """Play a session over the real sides, records, payloads and replay."""
    pairs = pairs_of(case, session.kinds)
    names = (
        "sample_id",
        "chosen_id",
        "rejected_id",
        "chosen_text",
        "rejected_text",
        "rejected_sample_id",
        "pair_id",
    )
    rows = [{name: getattr(pair, name) for name in names} | {"call": "open"} for pair in pairs]
    desk, meant = Desk(), {person: Meant() for person in session.people}
    for person, number, occasion, act in session.steps():
        if act in ("undo", "redo"):
            desk.turn(act, person)
            meant[person].turn(act)
        elif act == "reopen":
            desk.reopen()
        else:
            item = show_pair(
                rows[number], annotator=person, occasion=occasion, ask=session.ask, seed=session.seed
            )
            made, better = answer(item, person, act)
            desk.append("judgement", made)
            meant[person].say((item.pair_id, occasion), (made.answer, better))
    return pairs, [one for one in desk.replay.standing() if isinstance(one, Judgement)], meant


def answer(item: JudgeItem, person: str, act: str) -> tuple[Judgement, str]:
    """Return what is stored of a press, and the better text as the person read it; "" for no preference."""
    picked, better = press(item, act) if act in ("left", "right") else ("", "")
    made = Judgement(
        item.pair_id,
        "prefer" if picked else act,
        person,
        winner=item.winner_of(picked) if picked else "",
        left=item.left.caption_id,
        occasion=item.occasion,
    )
    return made, better


def expected(meant: dict[str, Meant]) -> dict[str, str]:
    """Return by pair the text that people prefer, or the answer that most gave; nothing where they differ."""
    voices: dict[str, Counter[str]] = defaultdict(Counter)
    for person in meant.values():
        for (pair_id, occasion), (answer, better) in person.standing().items():
            if occasion == 1 and answer != "skip":
                voices[pair_id][better or answer] += 1
    return {
        pair_id: "disputed" if len(most) > 1 else most[0]
        for pair_id, count in voices.items()
        for most in [[said for said, times in count.items() if times == max(count.values())]]
    }


def check_standing(standing: pl.DataFrame, wanted: dict[str, str]) -> int:
    """Check every pair against what people meant; return how many have a winner."""
    winners = 0
    for row in standing.iter_rows(named=True):
        said = wanted.get(row["pair_id"])
        if said is None:
            assert row["status"] in ("open", "proposed")
        elif said in ("tie", "both_bad", "disputed"):
            assert row["status"] == said
        else:
            assert (row["status"], row["chosen_text"]) == ("accepted", said)
            winners += 1
    return winners


def test_over_thousands_of_sessions_the_exported_winner_is_the_caption_seen_and_chosen(
    tmp_path: Path,
) -> None:
    played: list[tuple[list[Pair], list[Judgement], dict[str, str]]] = []

    @settings(max_examples=SESSIONS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(SESSION)
    def play_one(session: Session) -> None:
        pairs, made, meant = play(len(played), session)
        texts = {pair.chosen_id: pair.chosen_text for pair in pairs}
        texts |= {pair.rejected_id: pair.rejected_text for pair in pairs}
        stands = {
            (one.annotator, one.pair_id, one.occasion): (one.answer, texts.get(one.winner, ""))
            for one in made
        }
        assert stands == {
            (person, *subject): said
            for person, one in meant.items()
            for subject, said in one.standing().items()
        }
        played.append((pairs, made, expected(meant)))

    play_one()
    assert len(played) >= SESSIONS
    wanted = {pair_id: text for *_, said in played for pair_id, text in said.items()}
    store = Store.create(tmp_path / "ws")
    add_pairs(store, [pair for pairs, *_ in played for pair in pairs])
    store._journal = SpokenJournal([one for _, made, _ in played for one in made])
    standing = standing_pairs(store)
    winners = check_standing(standing, wanted)
    assert winners > SESSIONS / 2, "the sessions decide too little to say anything"
    summary = export_pairs(store, standing, tmp_path / "pairs.csv", status=("accepted",))
    assert summary.rows == winners
    for row in read_back_pairs(tmp_path / "pairs.csv").iter_rows(named=True):
        assert row["chosen_text"] == wanted[row["pair_id"]]
        assert row["rejected_text"] != row["chosen_text"]


# -- the same through the messages of the page, the kernel and the database ----------------------------------


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 12)
    rows = store.read("captions").to_dicts()
    made = []
    for number, row in enumerate(rows):
        other = rows[number - 1]
        is_across = number % 3 == 2
        text = other["text"] if is_across else f"{row['text']}, and a dog"
        key = other["caption_id"] if is_across else variant_id(row["sample_id"], text, "candidate")
        made.append(
            Pair(
                row["sample_id"], row["caption_id"], key, row["text"], text,
                "across" if is_across else "candidate", is_ordered=number % 2 == 0,
                rejected_sample_id=other["sample_id"] if is_across else "",
            )
        )  # fmt: skip
    add_pairs(store, made)
    return Workspace(store, "ana")


class Person:
    """Plays one person at a page: reads what is on screen, presses a side."""

    def __init__(self, space: Workspace, name: str, seed: int, ask: str | None) -> None:
        self.space, self.name, self.seed, self.ask = space, name, seed, ask
        self.meant = Meant()
        self.keys = (f"{name}/{number}" for number in range(10_000))
        self.sit_down()

    def sit_down(self) -> None:
        self.core = JudgeCore(
            self.space, annotator=self.name, seed=self.seed, ask=self.ask, route="all", repeat_share=0.3
        )

    def send(self, **message: object) -> dict[str, object]:
        answer = self.core.answer(message)
        assert answer.content["ok"], answer.content
        return json.loads(answer.buffers[0]) if answer.buffers else answer.content

    def act(self, act: str) -> None:
        if act == "reopen":
            self.space.store._journal = None  # as a kernel that was restarted
            return self.sit_down()
        if act in ("undo", "redo"):
            self.send(op=act, key=next(self.keys))
            return self.meant.turn(act)
        place = self.send(op="unjudged", place=0)["place"]
        if place is None:
            return None
        seen = self.send(op="item", place=place)
        message = {name: seen[name] for name in ("pair_id", "occasion", "ask")}
        message |= {side: seen[side]["caption_id"] for side in ("left", "right")}
        better = ""
        if act in ("left", "right"):
            other = "right" if act == "left" else "left"
            better = str(seen[act if seen["ask"] == "better" else other]["text"])
            message |= {"answer": "prefer", "picked": seen[act]["caption_id"]}
        else:
            message |= {"answer": act}
        self.send(op="judge", key=next(self.keys), **message)
        return self.meant.say((seen["pair_id"], seen["occasion"]), (str(message["answer"]), better))


def test_through_the_page_and_the_database_the_winner_is_the_caption_seen_and_chosen(
    space: Workspace, tmp_path: Path
) -> None:
    meant: dict[str, Meant] = {}

    @settings(
        max_examples=KERNEL_SESSIONS, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        st.text("abc é漢'\"%_", max_size=4),
        st.integers(0, 2**31),
        st.sampled_from((None, "better", "worse")),
        st.lists(st.sampled_from(ACTS), min_size=1, max_size=8),
    )
    def sit(name: str, seed: int, ask: str | None, acts: list[str]) -> None:
        person = Person(space, f"{len(meant)} {name}", seed, ask)
        for act in acts:
            person.act(act)
        meant[person.name] = person.meant
        texts = {
            row[f"{which}_id"]: row[f"{which}_text"]
            for row in space.pairs.iter_rows(named=True)
            for which in ("chosen", "rejected")
        }
        own = space.judgements.filter(pl.col("annotator") == person.name).iter_rows(named=True)
        stands = {
            (one["pair_id"], one["occasion"]): (one["answer"], texts.get(one["winner"], "")) for one in own
        }
        assert stands == person.meant.standing()

    sit()
    assert len(meant) >= KERNEL_SESSIONS
    wanted = expected(meant)
    assert check_standing(standing_pairs(space.store), wanted) > 0
    space.export_pairs(tmp_path / "pairs.csv")
    rows = read_back_pairs(tmp_path / "pairs.csv")
    assert {row["pair_id"]: row["chosen_text"] for row in rows.iter_rows(named=True)} == {
        pair_id: text for pair_id, text in wanted.items() if text not in ("tie", "both_bad", "disputed")
    }


def test_this_model_would_notice_an_answer_that_is_never_mapped_back() -> None:
    """The tests above can fail: an answer stored by side comes out wrong in about half of the pairs."""
    wrong = 0
    for number in range(200):
        [row] = frame_of_pairs(pairs_of(number, ["open"])).iter_rows(named=True)
        item = show_pair(row | {"call": "open"}, annotator="ana")
        _, better = press(item, "left")
        stored_by_side = row["chosen_text"]  # "left" taken for the caption that comes first in the table
        wrong += stored_by_side != better
    assert 70 <= wrong <= 130
