"""The benchmark on real clips recovers the shifts it makes itself; here on clips that only look real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.av_sync import main
from workbench.demo.impact_files import frame_times_s, write_impact_file
from workbench.demo.impacts import draw_impacts, make_impacts, sound_impacts
from workbench.errors import WorkbenchError

pytest.importorskip("av", reason="clips are written and read by PyAV")
pytest.importorskip("cv2", reason="motion is measured by OpenCV")


def test_shifts_are_recovered_and_controls_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times_s = frame_times_s(6.0, 25)
    for seed in (1, 2):
        clip = make_impacts(seed, snr_db=8.0, offset_s=0.04)
        write_impact_file(tmp_path / f"{seed}.mp4", draw_impacts(clip, times_s), times_s, sound_impacts(clip))
    write_impact_file(tmp_path / "silent.mp4", draw_impacts(clip, times_s[:20]), times_s[:20], None)
    main(["--clips", str(tmp_path), "--quick", "--json", str(tmp_path / "found.json")])
    found = json.loads((tmp_path / "found.json").read_text())["results"]
    assert found["real_shift_within_40ms"]["value"] == 1
    assert found["real_shift_median_ms"]["value"] < 3
    assert found["real_control_abstained"]["n"] == 8
    assert "silent.mp4: left out: no sound" in capsys.readouterr().out


def test_a_folder_without_such_clips_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="holds no video with sound"):
        main(["--clips", str(tmp_path)])
