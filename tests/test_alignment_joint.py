"""Joint: GRAM and PMRL held against literal implementations; the default against what it is there for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from workbench.alignment.joint import measure_joint
from workbench.statistics import auroc

Doubles = npt.NDArray[np.float64]


def made(samples: int = 400, modalities: int = 3, *, seed: int = 0, noise: float = 1.5) -> Doubles:
    random = np.random.default_rng(seed)
    topic = random.normal(size=(samples, 1, 48))
    offset = random.normal(size=(1, modalities, 48))  # the modality gap
    rows = topic + offset + noise * random.normal(size=(samples, modalities, 48))
    return np.asarray(rows / np.linalg.norm(rows, axis=2, keepdims=True))


def determinant(matrix: Doubles) -> float:
    """Laplace expansion along the first row."""
    if len(matrix) == 1:
        return float(matrix[0, 0])
    minors = (np.delete(np.delete(matrix, 0, 0), column, 1) for column in range(len(matrix)))
    return sum((-1) ** c * float(matrix[0, c]) * determinant(minor) for c, minor in enumerate(minors))


@pytest.mark.parametrize("modalities", [3, 4, 5])
def test_volume_and_heights_are_gram_to_a_millionth(modalities: int) -> None:
    vectors = made(50, modalities)
    found = measure_joint(vectors)
    for n, rows in enumerate(vectors):
        gram = np.array([[float(a @ b) for b in rows] for a in rows])
        assert abs(found.volume[n] - abs(determinant(gram)) ** 0.5) <= 1e-6
        for m in range(modalities):
            rest = np.delete(rows, m, 0).T
            foot = rest @ np.linalg.lstsq(rest, rows[m], rcond=None)[0]
            assert abs(found.height[n, m] - float(np.linalg.norm(rows[m] - foot))) <= 1e-6


def test_the_leading_share_is_pmrl_by_singular_values_to_a_millionth() -> None:
    vectors = made(50, 4)
    slow = [np.linalg.svd(rows.T)[1][0] ** 2 / 4 for rows in vectors]
    assert np.abs(measure_joint(vectors).principal - slow).max() <= 1e-6


def test_the_default_finds_and_names_the_swapped_modality_better_than_volume() -> None:
    vectors = made(1000)
    random = np.random.default_rng(1)
    swapped = random.permutation(1000)[:200]
    which = random.integers(0, 3, size=200)
    before = vectors.copy()
    vectors[swapped, which] = before[np.roll(swapped, 1), which]
    is_wrong = np.zeros(1000, bool)
    is_wrong[swapped] = True
    found = measure_joint(vectors)
    default, volume = auroc(-found.value, is_wrong), auroc(found.volume, is_wrong)
    assert default > 0.9
    assert default > volume + 0.05
    by_height = found.height[swapped].argmax(1) == which
    by_cosine = found.lowest[swapped] == which
    assert by_cosine.mean() > 0.75
    assert by_cosine.mean() > by_height.mean()


def test_opposed_and_collapsed_modalities_are_reported() -> None:
    random = np.random.default_rng(0)
    a, b, c = np.linalg.qr(random.normal(size=(16, 3)))[0].T
    found = measure_joint(np.array([[a, -a, b], [a, a, b], [a, b, c]]))
    assert found.is_opposed.tolist() == [True, False, False]
    assert found.is_collapsed.tolist() == [True, True, False]
    assert found.volume[:2].max() < 1e-5  # "perfect" by volume although one contradicts the other
    assert found.volume[2] == pytest.approx(1.0)
    assert found.value[0] < 0 < found.value[1]


def test_a_small_set_is_not_centred_and_says_so() -> None:
    assert not measure_joint(made(5)).is_centred
    assert measure_joint(made(20)).is_centred


def test_the_result_does_not_depend_on_the_order_of_the_modalities() -> None:
    vectors = made(100, 4)
    order = [2, 0, 3, 1]
    one, other = measure_joint(vectors), measure_joint(vectors[:, order])
    assert np.allclose(one.value, other.value)
    assert np.allclose(one.volume, other.volume)
    assert np.allclose(one.by_modality[:, order], other.by_modality)


@pytest.mark.parametrize("shape", [(4, 2, 8), (4, 8)])
def test_fewer_than_three_modalities_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="modalities >= 3"):
        measure_joint(np.ones(shape))


def test_a_row_of_zeros_is_refused() -> None:
    vectors = made(5)
    vectors[2, 1] = 0
    with pytest.raises(ValueError, match="not zero"):
        measure_joint(vectors)
