"""Our losses on the log-probabilities of a tiny model are those of TRL's own trainers on the same batch.

`test_losses.py` takes these in, so that one command compares every method with its formula and with TRL.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.made_scores import make_facts
from tests.tiny_models import make_language_model, make_reward_model, make_tokenizer
from workbench.finetune.losses import compute_loss
from workbench.finetune.losses.base import Scored

ROWS = [
    ("what is there", "a red ball on the shore", "a blue ball on a shore"),
    ("what is there", "two cats", "two cats and a dog that sleeps"),
    ("say more", "a dog runs", "a dog"),
    ("say more", "the tall tree near a house", "the small tree far from a house"),
]
SAME = {
    "output_dir": "",
    "report_to": "none",
    "use_cpu": True,
    "bf16": False,
    "per_device_train_batch_size": 4,
}


@pytest.fixture(scope="module")
def trl() -> Any:
    return pytest.importorskip("trl", reason="the extra `finetune` is not installed")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer(text for row in ROWS for text in row)


def nudged(model: Any, seed: int, size: float = 0.3) -> Any:
    """Move every weight, so that policy and reference differ and answers are neither sure nor even."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight += size * torch.randn(weight.shape, generator=random) * weight.abs().mean().clamp(min=0.05)
    return model.eval()


def batch_of(trainer: Any) -> dict[str, Any]:
    trainer._train_batch_size = 4
    examples = [trainer.train_dataset[number] for number in range(4)]
    return trainer.data_collator(examples)


def dataset(columns: dict[str, list[Any]]) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(columns)


def pairs() -> Any:
    prompts, chosen, rejected = zip(*ROWS, strict=True)
    return dataset({"prompt": list(prompts), "chosen": list(chosen), "rejected": list(rejected)})


def token_logps(
    model: Any, ids: torch.Tensor, attention: torch.Tensor, answer: torch.Tensor
) -> list[torch.Tensor]:
    """Rows of (log-probability, log of summed squared odds) of the answer's tokens, from plain logits."""
    logits = model(input_ids=ids, attention_mask=attention).logits[:, :-1].float()
    everything = logits.log_softmax(-1)
    said = everything.gather(-1, ids[:, 1:, None])[..., 0]
    collision = (2 * everything).logsumexp(-1)
    return [torch.stack([s, c])[:, m.bool()] for s, c, m in zip(said, collision, answer[:, 1:], strict=True)]


def padded(rows: list[torch.Tensor], which: int) -> torch.Tensor:
    return torch.nn.utils.rnn.pad_sequence([row[which] for row in rows], batch_first=True)


def scored_of(policy: Any, reference: Any, batch: dict[str, Any]) -> Scored:
    read = (batch["input_ids"], batch["attention_mask"], batch["completion_mask"])
    mine = token_logps(policy, *read)
    mask = torch.nn.utils.rnn.pad_sequence(
        [torch.ones(row.shape[1], dtype=torch.bool) for row in mine], batch_first=True
    )
    with torch.no_grad():
        theirs = padded(token_logps(reference, *read), 0)
    return Scored(padded(mine, 0), mask, theirs, collision=padded(mine, 1).detach())


@pytest.fixture(scope="module")
def trainer(trl: Any, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    args = trl.DPOConfig(
        **SAME | {"output_dir": str(tmp_path_factory.mktemp("dpo"))}, beta=0.3, use_weighting=True
    )
    made = trl.DPOTrainer(
        nudged(make_language_model(tokenizer), 1),
        ref_model=nudged(make_language_model(tokenizer), 2),
        args=args,
        train_dataset=pairs(),
        processing_class=tokenizer,
    )
    made.use_weighting = False  # the head was patched for it at the start; each test says whether it is used
    return made


DPO_LIKE = [
    ("dpo", {}, {}),
    ("rdpo", {"epsilon": 0.2}, {"loss_types": ["robust"], "label_smoothing": 0.2}),
    ("ipo", {}, {"loss_types": ["ipo"]}),
    ("hinge", {}, {"loss_types": ["hinge"]}),
    ("rpo", {"sft_weight": 0.5}, {"loss_types": ["sigmoid", "sft"], "loss_weights": [1.0, 0.5]}),
    ("ld_dpo", {"length_weight": 0.4}, {"ld_alpha": 0.4}),
    ("wpo", {}, {"use_weighting": True}),
    ("sft", {}, {"loss_types": ["sft"]}),
    ("tr_dpo", {"sync_steps": 4.0, "sync_weight": 0.6}, {}),
]


@pytest.mark.parametrize(("name", "settings", "asked"), DPO_LIKE, ids=[one[0] for one in DPO_LIKE])
def test_a_loss_is_what_the_trainer_of_dpo_computes(
    trainer: Any,
    name: str,
    settings: dict[str, float],
    asked: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for attribute, value in asked.items():
        monkeypatch.setattr(trainer, attribute, value)
    batch = batch_of(trainer)
    theirs = trainer.compute_loss(trainer.model, dict(batch))
    ours = compute_loss(
        name,
        scored_of(trainer.model, trainer.ref_model, batch),
        make_facts(),
        {"beta": 0.3, "sft_weight": 0.0} | settings,
    )
    assert ours.loss.item() == pytest.approx(theirs.item(), abs=1e-5)
    weight = trainer.model.lm_head.weight
    gradients = [torch.autograd.grad(loss, weight)[0] for loss in (ours.loss, theirs)]
    assert torch.allclose(*gradients, atol=1e-5)
    assert gradients[0].abs().max() > 1e-4


def test_trl_smooths_no_label_in_dpo_and_ours_does(trainer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of(trainer)
    plain = trainer.compute_loss(trainer.model, dict(batch)).item()
    monkeypatch.setattr(trainer, "label_smoothing", 0.3)
    assert trainer.compute_loss(trainer.model, dict(batch)).item() == plain
    settings = {"beta": 0.3, "sft_weight": 0.0, "label_smoothing": 0.3}
    ours = compute_loss("cdpo", scored_of(trainer.model, trainer.ref_model, batch), make_facts(), settings)
    assert abs(ours.loss.item() - plain) > 1e-3


@pytest.mark.parametrize(
    ("name", "loss_type", "settings"),
    [
        ("cpo", "sigmoid", {"beta": 0.3, "sft_weight": 1.0}),
        ("simpo", "simpo", {"beta": 2.0, "target_margin": 1.0, "sft_weight": 0.0}),
    ],
)
def test_a_loss_is_what_the_trainer_of_cpo_computes(
    trl: Any, tokenizer: Any, tmp_path: Path, name: str, loss_type: str, settings: dict[str, float]
) -> None:
    from trl.experimental.cpo import CPOConfig, CPOTrainer

    args = CPOConfig(
        **SAME | {"output_dir": str(tmp_path)}, loss_type=loss_type, beta=settings["beta"],
        simpo_gamma=settings.get("target_margin", 0.5), cpo_alpha=settings["sft_weight"],
    )  # fmt: skip
    model = nudged(make_language_model(tokenizer), 1)
    trainer = CPOTrainer(model, args=args, train_dataset=pairs(), processing_class=tokenizer)
    batch = batch_of(trainer)
    theirs, _ = trainer.get_batch_loss_metrics(trainer.model, batch)
    ours = compute_loss(name, sides_of(trainer.model, batch), make_facts(), settings)
    assert ours.loss.item() == pytest.approx(theirs.item(), abs=1e-5)


def test_the_odds_ratio_is_what_the_trainer_of_orpo_computes(
    trl: Any, tokenizer: Any, tmp_path: Path
) -> None:
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    args = ORPOConfig(**SAME | {"output_dir": str(tmp_path)}, beta=0.1)
    model = nudged(make_language_model(tokenizer), 1)
    trainer = ORPOTrainer(model, args=args, train_dataset=pairs(), processing_class=tokenizer)
    batch = batch_of(trainer)
    chosen, rejected = trainer.concatenated_forward(trainer.model, batch)[:2]
    theirs = -trainer.odds_ratio_loss(chosen, rejected)[0]
    scored = sides_of(trainer.model, batch)
    ours = compute_loss("orpo", scored, make_facts(), {"odds_weight": 0.1})
    imitated = compute_loss("sft", scored, make_facts(), {}).pair_losses
    assert (ours.pair_losses - imitated).tolist() == pytest.approx(theirs.tolist(), abs=1e-5)


def sides_of(model: Any, batch: dict[str, Any]) -> Scored:
    rows: list[torch.Tensor] = []
    for side in ("chosen", "rejected"):
        labels = batch[f"{side}_labels"]
        rows += token_logps(
            model, batch[f"{side}_input_ids"], batch[f"{side}_attention_mask"], labels != -100
        )
    mask = [torch.ones(row.shape[1], dtype=torch.bool) for row in rows]
    return Scored(padded(rows, 0), torch.nn.utils.rnn.pad_sequence(mask, batch_first=True))


def test_kto_is_what_its_trainer_computes(trl: Any, tokenizer: Any, tmp_path: Path) -> None:
    singles = [(p, c, True) for p, c, _ in ROWS[:2]] + [(p, r, False) for p, _, r in ROWS[:2]]
    prompts, answers, labels = (list(one) for one in zip(*singles, strict=True))
    args = trl.KTOConfig(
        **SAME | {"output_dir": str(tmp_path)}, beta=0.3, desirable_weight=1.5, undesirable_weight=0.5
    )
    trainer = trl.KTOTrainer(
        nudged(make_language_model(tokenizer), 1), ref_model=nudged(make_language_model(tokenizer), 2),
        args=args, train_dataset=dataset({"prompt": prompts, "completion": answers, "label": labels}),
        processing_class=tokenizer,
    )  # fmt: skip
    batch = batch_of(trainer)
    order = sorted(range(4), key=lambda number: not batch["label"][number])
    batch = {
        name: [value[k] for k in order] if isinstance(value, list) else value[order]
        for name, value in batch.items()
    }
    theirs = trainer.compute_loss(trainer.model, dict(batch))
    with torch.no_grad():
        drift = (
            trainer._compute_kl_logps(trainer.model, batch),
            trainer._compute_kl_logps(trainer.ref_model, batch),
        )
    scored = scored_of(trainer.model, trainer.ref_model, batch)
    ours = compute_loss(
        "kto",
        replace(scored, mismatched=drift[0], mismatched_reference=drift[1]),
        make_facts(2),
        {"beta": 0.3, "desirable_weight": 1.5, "undesirable_weight": 0.5},
    )
    assert ours.loss.item() == pytest.approx(theirs.item(), abs=1e-5)


def test_a_judge_learns_what_the_trainer_of_rewards_computes(
    trl: Any, tokenizer: Any, tmp_path: Path
) -> None:
    margins = [0.0, 0.5, 1.0, 2.0]
    args = trl.RewardConfig(**SAME | {"output_dir": str(tmp_path)})
    model = nudged(make_reward_model(tokenizer), 1)
    columns = pairs().add_column("margin", margins)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = trl.RewardTrainer(model, args=args, train_dataset=columns, processing_class=tokenizer)
    batch = batch_of(trainer)
    theirs = trainer.compute_loss(trainer.model, dict(batch))
    with torch.no_grad():
        numbers = trainer.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    facts = replace(make_facts(), offset=torch.tensor(margins))
    scored = Scored(numbers, torch.ones_like(numbers, dtype=torch.bool))
    ours = compute_loss("reward", scored, facts, {"offset_scale": 0.0, "tie_width": 0.0})
    assert ours.loss.item() == pytest.approx(theirs.item(), abs=1e-5)
