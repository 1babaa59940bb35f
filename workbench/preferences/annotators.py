"""How reliable each annotator is, and with that how far each judgement can be believed.

Nobody knows the truth of a judgement; but people who are mostly right agree with each other. Expectation and
maximisation turn that into an accuracy a person and a chance a judgement. What it cannot see: an error that
everybody makes alike looks like the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError, PairError
from workbench.preferences.beforehand import Kinds, LearnedPrior

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Reliability",
    "Votes",
    "believe_judgements",
    "bound_accuracy",
    "dawid_skene",
    "mace",
    "one_coin",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_HIGHEST: Final = 0.999
_STILL: Final = 1e-6
_TASK: Final = "Dawid-Skene and MACE"


@dataclass(frozen=True, slots=True)
class Votes:
    """Answers in long form: annotator `annotator[i]` said `label[i]` of item `item[i]`.

    Attributes:
        item: (n,) numbers from 0.
        annotator: (n,) numbers from 0.
        label: (n,) numbers from 0.
        items, annotators, labels: how many of each there are; some may have no vote.

    Raises:
        PairError: when the three are not of one length, or a number is out of its range.
    """

    item: Ints
    annotator: Ints
    label: Ints
    items: int
    annotators: int
    labels: int

    def __post_init__(self) -> None:
        for name, numbers, count in (
            ("item", self.item, self.items),
            ("annotator", self.annotator, self.annotators),
            ("label", self.label, self.labels),
        ):
            if numbers.shape != self.item.shape:
                raise PairError(
                    f"The votes name {self.item.size} items and {numbers.size} {name}s.",
                    "Give one of each a vote.",
                )
            if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
                raise PairError(f"A vote's {name} is not in 0..{count - 1}.", "Count from 0.")
        if self.labels < 2:
            raise PairError(f"{self.labels} label leaves nothing to decide.", "Give two labels or more.")


@dataclass(frozen=True, slots=True)
class Reliability:
    """What the votes say of the annotators and of the items.

    Attributes:
        accuracy: (annotators,) chance that an annotator says what is so, 0..1; NaN for one without a vote.
        truth: (items, labels) chance of each label, rows sum to 1.
        belief: (n,) chance that each vote is right.
        rounds: how many rounds it took.
    """

    accuracy: Floats
    truth: Floats
    belief: Floats
    rounds: int


def one_coin(
    votes: Votes,
    *,
    prior: Floats | None = None,
    kinds: Kinds | None = None,
    start: float = 0.9,
    start_votes: float = 4.0,
    rounds: int = 200,
) -> Reliability:
    """Estimate one accuracy an annotator, and the chance of each label, by EM.

    Each annotator is right with one chance and errs evenly among the other labels: one number a person, so
    that few judgements are enough, where Dawid and Skene's full table needs many. The accuracy never falls to
    chance: an annotator who is wrong on purpose counts for nothing and is not turned round.

    Args:
        votes: the answers.
        prior: (items, labels) what is known of each item beforehand, rows sum to 1; such as a row of 0 and 1
            for a quiz item. Left out, it is learned.
        kinds: which items are alike, for what is learned of them beforehand; all of them by default.
        start: what is believed of an annotator before the first vote.
        start_votes: how many votes that belief is worth.
        rounds: at most so many.

    Returns:
        Accuracies, chances and beliefs; the more annotators share items, the closer to the truth.

    Source:
        Dawid and Skene 1979 with one parameter an annotator (homogeneous form); with one vote an item and
        margins it is the reliability step of RE-PO (2509.24159).

    Example:
        >>> items, people = np.arange(300).repeat(3), np.tile(np.arange(3), 300)
        >>> is_wrong = np.random.default_rng(0).random(900) > np.array([0.95, 0.9, 0.6])[people]
        >>> said = Votes(items, people, is_wrong.astype(int), 300, 3, 2)
        >>> one_coin(said).accuracy.round(1).tolist()
        [1.0, 0.9, 0.6]
    """
    counts = np.bincount(votes.annotator, minlength=votes.annotators)
    is_voted = np.bincount(votes.item, minlength=votes.items) > 0
    learned = LearnedPrior(kinds or Kinds.alike(votes.items), votes.labels, is_voted)
    accuracy = np.full(votes.annotators, start)
    lowest, done, moved = 1 / votes.labels + 1e-3, 0, np.inf
    while moved > _STILL and done < rounds:
        done += 1
        truth = _truth(votes, accuracy, learned.chances if prior is None else prior)
        right = np.bincount(votes.annotator, truth[votes.item, votes.label], minlength=votes.annotators)
        said = (right + start * start_votes) / np.maximum(counts + start_votes, 1e-12)
        fresh = np.clip(said, lowest, _HIGHEST)
        moved = max(
            np.abs(fresh - accuracy).max(initial=0.0), 0.0 if prior is not None else learned.learn(truth)
        )
        accuracy = fresh
    truth = _truth(votes, accuracy, learned.chances if prior is None else prior)
    belief = truth[votes.item, votes.label]
    return Reliability(np.where(counts > 0, accuracy, np.nan), truth, belief, done)


def bound_accuracy(
    votes: Votes, kinds: Kinds | None = None, *, rounds: int = 100, seed: int = 0
) -> tuple[Floats, Floats]:
    """Bound the accuracies of `one_coin` by estimating them again on items drawn with replacement.

    Args:
        votes: the answers.
        kinds: which items are alike.
        rounds: how many times to draw.
        seed: makes the draw repeatable.

    Returns:
        The lower and the upper end of each annotator's 95 % interval; NaN for one without a vote.
    """
    random = np.random.default_rng(seed)
    order = np.argsort(votes.item, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(votes.item, minlength=votes.items))[:-1])
    alike = kinds or Kinds.alike(votes.items)
    found = np.full((rounds, votes.annotators), np.nan)
    for row in range(rounds):
        drawn = random.integers(votes.items, size=votes.items)
        rows = np.concatenate([members[one] for one in drawn])
        item = np.repeat(np.arange(votes.items), [len(members[one]) for one in drawn])
        again = Votes(
            item, votes.annotator[rows], votes.label[rows], votes.items, votes.annotators, votes.labels
        )
        found[row] = one_coin(again, kinds=alike.take(drawn)).accuracy
    has_vote = np.isfinite(found).any(axis=0)
    ends = np.full((2, votes.annotators), np.nan)
    ends[:, has_vote] = np.nanquantile(found[:, has_vote], [0.025, 0.975], axis=0)
    return ends[0], ends[1]


def believe_judgements(
    margins: npt.ArrayLike, annotators: npt.ArrayLike, *, start: float = 0.9, rounds: int = 100
) -> tuple[Floats, Floats]:
    """Weigh single judgements against a model's margins: a judgement the model doubts counts for less.

    For pairs that one person has judged, where no other person can be asked. The margin takes the place of a
    second opinion, so it must mean something: with margins of zero every weight stays at `start`.

    Args:
        margins: (n,) the log-odds by a model that the caption the person preferred is better.
        annotators: (n,) who judged, numbers from 0.
        start: what is believed of an annotator at first.
        rounds: at most so many.

    Returns:
        (n,) the chance that each judgement is right, and (annotators,) the accuracy of each, both 0..1.

    Raises:
        PairError: when the margins are all zero, or not numbers.

    Source:
        The reliability step of RE-PO (2509.24159; called LCPO and RPO in earlier versions).

    Example:
        >>> weight, accuracy = believe_judgements([3.0, 2.0, 4.0, -5.0], [0, 0, 0, 0])
        >>> [round(float(one), 2) for one in weight], round(float(accuracy[0]), 2)
        ([0.98, 0.95, 0.99, 0.02], 0.74)
    """
    said, who = np.asarray(margins, np.float64), np.asarray(annotators, np.int64)
    if not np.isfinite(said).all() or not said.any():
        raise PairError(
            "The margins say nothing: they are all zero, or some are no numbers.",
            "Score the pairs first, or weigh them by several voices a pair (one_coin).",
        )
    chance = 1 / (1 + np.exp(-np.clip(said, -50, 50)))
    prior = np.column_stack([chance, 1 - chance])
    count = int(who.max(initial=-1)) + 1
    votes = Votes(np.arange(said.size), who, np.zeros(said.size, np.int64), said.size, count, 2)
    found = one_coin(votes, prior=prior, start=start, start_votes=0.0, rounds=rounds)
    return found.belief, found.accuracy


def dawid_skene(votes: Votes, *, rounds: int = 200) -> Reliability:
    """Estimate a full table of confusions an annotator by crowd-kit; the accuracy is its weighted diagonal.

    Raises:
        MissingExtraError: when crowd-kit is not installed.

    Source:
        Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm".
    """
    try:
        from crowdkit.aggregation import DawidSkene
    except ImportError as error:
        raise MissingExtraError(_TASK, "pairs") from error
    model = DawidSkene(n_iter=rounds)
    model.fit(_crowd_frame(votes))
    truth = _whole(model.probas_, votes)
    priors = np.array([float(model.priors_.get(label, 0.0)) for label in range(votes.labels)])
    diagonal = np.zeros((votes.annotators, votes.labels))
    for (annotator, label), row in model.errors_.iterrows():
        diagonal[annotator, label] = float(row.get(label, 0.0))
    return _told(votes, diagonal @ priors, truth, len(model.loss_history_))


def mace(votes: Votes, *, seed: int = 0) -> Reliability:
    """Estimate how often each annotator knows and does not guess, by crowd-kit's MACE.

    Returns:
        The accuracy is the chance to say what is so: by knowing, or by a lucky guess.

    Raises:
        MissingExtraError: when crowd-kit is not installed.

    Source:
        Hovy et al. 2013, "Learning whom to trust with MACE".
    """
    try:
        from crowdkit.aggregation import MACE
    except ImportError as error:
        raise MissingExtraError(_TASK, "pairs") from error
    # One start: crowd-kit begins each restart from the same seed, so ten would be one, ten times over.
    model = MACE(n_restarts=1, random_state=seed)
    probabilities = model.fit_predict_proba(_crowd_frame(votes))
    truth = _whole(probabilities, votes)
    belief = truth[votes.item, votes.label]
    counts = np.bincount(votes.annotator, minlength=votes.annotators)
    right = np.bincount(votes.annotator, belief, minlength=votes.annotators)
    return _told(votes, right / np.maximum(counts, 1), truth, model.n_iter)


def _truth(votes: Votes, accuracy: Floats, prior: Floats) -> Floats:
    """Return the chance of each label of each item, given the accuracies: the expectation step."""
    right = np.log(accuracy)[votes.annotator]
    wrong = np.log((1 - accuracy) / (votes.labels - 1))[votes.annotator]
    logs = np.log(np.maximum(prior, 1e-12))
    # A vote says "wrong" of every label but its own, so only the difference is added to that one.
    np.add.at(logs, (votes.item, votes.label), right - wrong)
    logs -= logs.max(axis=1, keepdims=True)
    weights = np.exp(logs)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)


def _crowd_frame(votes: Votes) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"task": votes.item, "worker": votes.annotator, "label": votes.label})


def _whole(probabilities: pd.DataFrame, votes: Votes) -> Floats:
    """Return the chances of every item and label; an item without a vote knows nothing."""
    truth = np.full((votes.items, votes.labels), 1 / votes.labels)
    rows = probabilities.index.to_numpy(np.int64)
    truth[rows] = 0.0
    truth[np.ix_(rows, probabilities.columns.to_numpy(np.int64))] = probabilities.to_numpy(np.float64)
    return truth


def _told(votes: Votes, accuracy: Floats, truth: Floats, rounds: int) -> Reliability:
    has_vote = np.bincount(votes.annotator, minlength=votes.annotators) > 0
    belief = truth[votes.item, votes.label]
    return Reliability(np.where(has_vote, accuracy, np.nan), truth, belief, rounds)
