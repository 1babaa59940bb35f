"""A checkpoint brings back weights, optimiser and chance to the bit, and is whole or not there."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import RunError
from workbench.finetune.checkpoints import read_checkpoint, write_checkpoint

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")


def make() -> tuple[Any, Any]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 2))
    model[0].bias.requires_grad_(False)
    trained = [weights for weights in model.parameters() if weights.requires_grad]
    return model, torch.optim.AdamW(trained, lr=0.1, betas=(0.8, 0.9))


def step(model: Any, optimizer: Any) -> float:
    loss = model(torch.randn(3, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def test_a_resumed_run_goes_on_to_the_bit(tmp_path: Path) -> None:
    model, optimizer = make()
    for _ in range(3):
        step(model, optimizer)
    folder = write_checkpoint(tmp_path / "step-000003", model, optimizer, {"step": 3})
    expected = [step(model, optimizer) for _ in range(3)]
    again, its_optimizer = make()
    assert read_checkpoint(folder, again, its_optimizer) == {"step": 3}
    assert [step(again, its_optimizer) for _ in range(3)] == expected


def test_a_checkpoint_before_the_first_step_can_be_read(tmp_path: Path) -> None:
    model, optimizer = make()
    folder = write_checkpoint(tmp_path / "step-000000", model, optimizer, {})
    read_checkpoint(folder, *make())


def test_frozen_weights_are_left_where_they_came_from(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = write_checkpoint(tmp_path / "step-000001", *make(), {})
    assert set(load_file(folder / "trained.safetensors")) == {"0.weight", "1.weight", "1.bias"}
    assert {file.suffix for file in folder.iterdir()} == {".safetensors", ".json"}


def test_the_newest_two_stay(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_checkpoint(tmp_path / f"step-{number:06}", *make(), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000002", "step-000003"]


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path / "step-000001", *make(), {})

    def fill_the_disk(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fill_the_disk)
    with pytest.raises(RunError, match=r"step-000002 cannot be written: .*No space left"):
        write_checkpoint(tmp_path / "step-000002", *make(), {})
    assert [path.name for path in tmp_path.iterdir()] == ["step-000001"]


def test_another_model_is_refused(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "step-000001", *make(), {})
    other = torch.nn.Linear(4, 2)
    with pytest.raises(RunError, match="holds 3 weights, not the 2"):
        read_checkpoint(folder, other, torch.optim.AdamW(other.parameters()))


def test_a_torn_file_says_which(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / "step-000001", *make(), {})
    file = folder / "trained.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(RunError, match=r"trained\.safetensors cannot be read"):
        read_checkpoint(folder, *make())
