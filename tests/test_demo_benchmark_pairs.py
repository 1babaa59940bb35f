"""The pairs section, reduced: what builders make is false, where it says, and measured as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.demo.benchmark.__main__ import main
from workbench.demo.benchmark.pairs import is_exact, is_worse, measure, tell_world
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.hearing import hear, hear_acts, is_true_of
from workbench.demo.scene import make_scene
from workbench.metrics import Metric
from workbench.preferences.blind import measure_blindness, measure_transfer
from workbench.preferences.builders import BUILDERS, build
from workbench.records import Span

NOT_LEAKY = [name for name, card in BUILDERS.items() if not card.known_leak]


@pytest.fixture(scope="module")
def found() -> dict[str, Metric]:
    return measure(4, True)


def test_what_is_heard_of_a_caption_is_what_it_was_written_to_say() -> None:
    for number in range(150):
        for profile in PROFILES:
            told = write_caption(make_scene(number), profile, "0")
            said = sorted((claim.type, claim.args) for claim in told.claims)
            assert sorted((claim.type, claim.args) for claim in hear(told.text)) == said, told.text


def test_what_is_not_so_is_heard_too() -> None:
    scene = next(s for s in map(make_scene, range(99)) if s.thing("dog") and not s.thing("car"))
    dog = scene.thing("dog")
    assert dog is not None
    assert is_true_of(scene, f"A {dog.colour} dog.")
    for text in ("A purple dog.", "A car.", "No dogs.", "A dog left of a car.", "A dog under a sofa."):
        assert not is_true_of(scene, text), text
    assert hear_acts("First rain falls, and after that a bell rings twice.") == ("rain", "bell")


@pytest.mark.parametrize("name", list(BUILDERS))
def test_every_builder_makes_what_is_worse_in_the_place_it_says(name: str, found: dict[str, Metric]) -> None:
    assert found[f"pairs_{name}"].n > 0
    assert found[f"truly_false_{name}"].value >= 0.97
    assert found[f"span_exact_{name}"].value == 1.0


@pytest.mark.parametrize("name", NOT_LEAKY)
def test_no_length_gives_a_builder_away_that_can_keep_it(name: str, found: dict[str, Metric]) -> None:
    assert abs(found[f"length_difference_{name}"].value) <= (2 if BUILDERS[name].is_foreign else 0)


def test_builders_with_a_leak_are_marked(found: dict[str, Metric]) -> None:
    for name, card in BUILDERS.items():
        if card.known_leak:
            assert found[f"is_leaky_{name}"].value == 1.0, name


def test_the_checks_can_fail() -> None:
    """A true variant is not false, and a span beside the change is not exact."""
    world = tell_world(4_700_000, scenes=30, clips=5)
    card = BUILDERS["replace_attribute"]
    one, variant = build(card, world.scenes.captions, world.scenes, choice="random", seed=0)[0]
    truth = world.truth[one.sample_id]
    assert is_worse(card, one, variant, truth)
    assert is_exact(card, one, variant, truth)
    assert not is_worse(card, one, replace(variant, text=one.text), truth)
    (start, end) = variant.rejected_spans[0]
    assert not is_exact(card, one, replace(variant, rejected_spans=(Span(start, end + 3),)), truth)


def test_a_word_that_stands_on_one_side_alone_is_told_blind_and_an_exchange_is_not() -> None:
    texts = [f"a {one} near a {other}" for one in ("dog", "cat", "car", "bus") for other in range(15)]
    samples = [f"s{number}" for number in range(len(texts))]
    denied = [text.replace("a ", "no ", 1) for text in texts]
    assert measure_blindness(texts, denied, samples).is_leaky
    assert measure_transfer(texts, denied, texts, denied) == 1.0
    turned = [" ".join(reversed(text.split())) for text in texts]
    blind = measure_blindness(texts, turned, samples)
    assert not blind.is_leaky
    assert blind.auroc == pytest.approx(0.5)


def test_the_flag_runs_this_section_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import workbench.demo.benchmark.pairs as section

    monkeypatch.setattr(section, "measure", lambda seed, quick: {"pairs_x": Metric(seed, 1, "pairs")})
    assert main(["--pairs", "--seed", "12", "--quick"]) == 0
    assert "pairs_x" in capsys.readouterr().out
