"""Lists of probes: complete, unique, and judged on recordings as they say."""

import json
import re

import numpy as np
import pytest

from motionlcm.cli.evaluate import main
from motionlcm.data.prepare import prepare
from motionlcm.evaluation.probe import Probe, everyday_probe
from motionlcm.evaluation.probe_prompts import EVERYDAY_HELD_OUT, EVERYDAY_PROMPTS
from motionlcm.evaluation.probe_recordings import join, recorded_shares
from motionlcm.evaluation.probes import EVERYDAY, HELD_OUT, LISTS, PROBES, run_probes
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion import actions
from motionlcm.motion.features import facing_rotations
from tests.conftest import walking


def test_there_are_at_least_sixty_everyday_actions_and_the_known_ones_stay():
    assert len(PROBES) == 21 and len(EVERYDAY) >= 60
    assert LISTS["all"] == PROBES + EVERYDAY
    names = [probe.name for probe in LISTS["all"]]
    assert len(set(names)) == len(names)


def test_prompts_are_there_and_asked_for_once():
    prompts = [prompt for probe in EVERYDAY for prompt in probe.prompts]
    held_out = [prompt for wordings in EVERYDAY_HELD_OUT.values() for prompt in wordings]
    known = [prompt for probe in PROBES for prompt in (*probe.prompts, *HELD_OUT[probe.name])]
    together = prompts + held_out + known
    assert len(set(together)) == len(together)
    assert all(len(probe.prompts) >= 3 for probe in EVERYDAY)
    assert {probe.name for probe in EVERYDAY} == set(EVERYDAY_PROMPTS) == set(EVERYDAY_HELD_OUT)
    assert all(len(wordings) == 2 for wordings in EVERYDAY_HELD_OUT.values())


@pytest.mark.parametrize("probe", LISTS["all"], ids=lambda probe: probe.name)
def test_patterns_of_labels_compile_and_tests_say_what_they_look_for(probe):
    for pattern in (probe.labels, probe.similar, *(probe.joined or ())):
        re.compile(pattern)
    assert "Of " not in (probe.is_shown.__doc__ or "")[:3]
    if probe.is_shown.__name__ != "is_shown":  # a sequence
        assert probe.is_shown.__doc__


def test_a_probe_without_prompts_is_refused():
    with pytest.raises(KeyError):
        everyday_probe("flies", actions.jumps)


def recordings(folder, clips):
    """A feature store of (label, joints) recordings."""
    for name in ("joints", "texts"):
        (folder / name).mkdir()
    rows = []
    for index, (label, positions) in enumerate(clips):
        np.save(folder / "joints" / f"{index}.npy", positions)
        (folder / "texts" / f"{index}.txt").write_text("a person moves#a/DET#0.0#0.0\n")
        rows.append(json.dumps({"id": str(index), "label": label, "source": "made"}))
    (folder / "train.txt").write_text("".join(f"{index}\n" for index in range(len(clips))))
    (folder / "sources.jsonl").write_text("\n".join(rows) + "\n")
    prepare(folder, folder / "store")
    return folder / "store"


def test_recordings_count_as_fitting_similar_or_others(tmp_path):
    ahead, back = walking(80, speed=0.05), walking(80, speed=-0.05)
    store = recordings(
        tmp_path,
        [("walk", ahead), ("walk", back), ("stroll", ahead), ("kick", back), ("throw", ahead)],
    )
    probe = Probe("walks forward", ("walk",), r"walk$", similar="stroll")
    (shares,) = recorded_shares([store], "train", [probe]).values()
    assert shares.fitting == (1, 2)
    assert shares.others == (1, 2)
    assert shares.joined == (0, 0)

    pair = Probe("walks forward", ("walk",), "", joined=("walk", "throw"))
    (shares,) = recorded_shares([store], "train", [pair]).values()
    assert shares.fitting == (0, 0) and shares.joined[1] == 2


def test_joined_motions_go_on_from_where_the_first_ends():
    first, second = walking(40, turn=0.05), walking(30, turn=-0.03, seed=1)
    both = join(first, second)
    assert len(both) == 70 and np.array_equal(both[:40], first)
    assert np.allclose(both[40, 0, [0, 2]], first[-1, 0, [0, 2]])
    facing = facing_rotations(both)
    assert np.allclose(np.abs((facing[39] * facing[40]).sum()), 1)
    steps = np.linalg.norm(np.diff(second[:, 0], axis=0), axis=-1)
    assert np.allclose(np.linalg.norm(np.diff(both[40:, 0], axis=0), axis=-1), steps)


def test_the_command_runs_the_list_that_is_named_at_the_steps_that_are_named(
    tiny_model, capsys, monkeypatch
):
    monkeypatch.setitem(LISTS, "everyday", EVERYDAY[:2])
    asked = []
    generate = MotionPipeline.generate

    def remembered(pipeline, request, **options):
        asked.append(request.steps)
        return generate(pipeline, request, **options)

    monkeypatch.setattr(MotionPipeline, "generate", remembered)
    command = [str(tiny_model), "--probes", "everyday", "--seeds", "1"]
    assert main(command) == 0 and set(asked) == {1}
    printed = capsys.readouterr().out
    assert EVERYDAY[0].name in printed and PROBES[0].name not in printed

    asked.clear()
    assert main([*command, "--steps", "2"]) == 0 and set(asked) == {2}
    report = run_probes(
        MotionPipeline.from_pretrained(tiny_model), probes=EVERYDAY[:1], num_seeds=1
    )
    assert set(report.passed) == {EVERYDAY[0].name} == set(report.held_out)
    with pytest.raises(SystemExit):
        main([str(tiny_model), "--probes", "some"])
