"""Training: a resumed run equals an unbroken one, every stage learns, bad configs are named."""

import json
import re
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from accelerate import Accelerator

from motionlcm.cli.train import main
from motionlcm.data.cache import TextCache
from motionlcm.data.dataset import MotionDataset
from motionlcm.data.latents import LatentDataset, reworded
from motionlcm.data.store import FeatureStore
from motionlcm.diffusion.guidance import guided
from motionlcm.diffusion.samplers import bound
from motionlcm.diffusion.sampling import sample_phased
from motionlcm.integrity import read_manifest
from motionlcm.models.denoiser import LatentDenoiser
from motionlcm.models.folder import ModelFolder
from motionlcm.models.vae import MotionVAE
from motionlcm.motion.layout import HUMANML
from motionlcm.training.config_file import load_config, parse_config
from motionlcm.training.decoder_stage import DecoderConfig, DecoderStage, with_overlap
from motionlcm.training.export import model_card
from motionlcm.training.run import Run, describe
from motionlcm.training.stages import stage_names
from motionlcm.training.student_stage import StudentConfig, StudentStage
from motionlcm.training.teacher_stage import TeacherConfig, TeacherStage
from motionlcm.training.trainer import Trainer
from motionlcm.training.vae_stage import VAEConfig, VAEStage, absolute_error
from tests.conftest import REPOSITORY, TINY
from tests.model_files import open_file

SIZES = {"width": 32, "num_layers": 3, "feedforward": 64}


@pytest.fixture(scope="module")
def latents(store, tmp_path_factory):
    torch.manual_seed(0)
    opened = FeatureStore.open(store)
    vae = MotionVAE(**SIZES).eval()
    folder = tmp_path_factory.mktemp("cache")
    train = LatentDataset(MotionDataset(opened, "train"), vae, folder=folder)
    val = LatentDataset(
        MotionDataset(opened, "val"), vae, folder=folder, statistics=train.statistics
    )
    captions = [*train.motions.all_captions(), *val.motions.all_captions(), ""]

    def encode(words):
        rows = [
            np.random.default_rng(abs(hash(w)) % 2**32).normal(size=(1 + len(w.split()), 384))
            for w in words
        ]
        vectors = torch.zeros(len(words), max(map(len, rows)), 384)
        mask = torch.zeros(vectors.shape[:2], dtype=torch.bool)
        for i, row in enumerate(rows):
            vectors[i, : len(row)], mask[i, : len(row)] = torch.from_numpy(row).float(), True
        return vectors, mask

    return train, val, TextCache.build(captions, folder=folder, name="made-up", encode=encode)


def trace(folder, stage):
    rows = [
        json.loads(line) for line in (folder / stage / "metrics.jsonl").read_text().splitlines()
    ]
    return [
        (row["step"], {k: v for k, v in row.items() if k != "steps_per_second"}) for row in rows
    ]


def test_the_corner_of_an_l1_loss_is_round_within_a_tenth_of_a_millimetre():
    error = torch.tensor([-0.02, -1e-9, 0.0, 1e-9, 2e-4, 0.3], requires_grad=True)
    length = absolute_error(error)
    (slope,) = torch.autograd.grad(length.sum(), error)
    assert torch.allclose(length, error.abs(), atol=5.1e-5)
    assert torch.allclose(slope, torch.tensor([-1, -1e-5, 0, 1e-5, 1, 1]), atol=1e-7)


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_losses_of_an_unbroken_one(
    store, tiny_config, tmp_path, monkeypatch
):
    config = [str(tiny_config), f"data={store}", "log_every=1"]
    assert main([*config, f"output={tmp_path / 'whole'}"]) == 0
    original, calls = Trainer.step, {"count": 0}

    def dying(self):
        calls["count"] += 1
        if calls["count"] in (4, 9, 15, 20, 28):
            raise KeyboardInterrupt
        return original(self)

    monkeypatch.setattr(Trainer, "step", dying)
    broken = [*config, f"output={tmp_path / 'broken'}", "checkpoint_minutes=0"]
    codes = [main(broken) for _ in range(6)]
    assert codes == [130, 130, 130, 130, 130, 0]
    for stage in stage_names():
        assert trace(tmp_path / "broken", stage) == trace(tmp_path / "whole", stage)


def test_a_trained_model_has_its_captions_and_notices_a_flipped_byte(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    known = ModelFolder.find(folder).known
    assert {"a person walks left.", "to the right"} <= set(known.captions.texts)
    assert known.clips.sum() > len(known.clips) and "walk" in known.vocabulary

    for name in read_manifest(folder):
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content[:50] + bytes([content[50] ^ 4]) + content[51:])
        with pytest.raises(ValueError, match="is damaged") as raised:
            open_file(path)
        assert str(path) in str(raised.value) and "if the change was meant" in str(raised.value)
        path.write_bytes(content)
    assert {"pipeline.json", "known.safetensors", "vae/model.safetensors"} <= set(
        read_manifest(folder)
    )


@pytest.mark.slow
def test_a_finished_run_is_not_trained_again(tiny_model, store, monkeypatch):
    def never(self):
        raise AssertionError("a finished stage was trained again")

    monkeypatch.setattr(Trainer, "step", never)
    config = tiny_model.parent.parent / "tiny.yaml"
    assert main([str(config), f"data={store}", f"output={tiny_model.parent}", "--debug"]) == 0


def learn(stage, steps):
    optimizer = torch.optim.AdamW(stage.trained.parameters(), lr=2e-3)
    values = []
    for step in range(steps):
        torch.manual_seed(step)
        losses = stage.losses(np.random.default_rng(step))
        loss = losses["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        stage.after_step()
        values.append(float(losses.get("distillation", loss).detach()))
    return np.mean(values[:10]), np.mean(values[-10:])


def test_the_vae_learns(store):
    opened = FeatureStore.open(store)
    config = VAEConfig(model=SIZES, batch_size=8, crops=(32,))
    first, last = learn(
        VAEStage(config, MotionDataset(opened, "train"), MotionDataset(opened, "val")), 150
    )
    assert last < 0.65 * first


def test_fast_joints_count_for_more_by_their_speed(store):
    opened = FeatureStore.open(store)
    train, val = (MotionDataset(opened, split) for split in ("train", "val"))
    batch = train.collate([train.array(0)])
    wrist = HUMANML.joint_positions.start + 3 * 19  # of joint 20; the root has no columns
    truth = batch.features[0, :, wrist : wrist + 3].numpy() * opened.std[wrist : wrist + 3]
    speed = np.linalg.norm(np.diff(truth, axis=0, prepend=truth[:1]), axis=-1) * 20
    frame = int(speed.argmax())
    output = batch.features.clone()
    output[0, frame, wrist] += 0.01 / opened.std[wrist]
    losses = [
        VAEStage(VAEConfig(model=SIZES, fast_weight=w), train, val).reconstruction(output, batch)
        for w in (0, 2)
    ]
    assert speed[frame] > 0.2
    assert losses[1]["position"] / losses[0]["position"] == pytest.approx(
        1 + 2 * speed[frame], rel=1e-3
    )


def test_the_teacher_learns(latents):
    first, last = learn(TeacherStage(TeacherConfig(model=SIZES, batch_size=16), *latents), 150)
    assert last < 0.6 * first


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"phases": (), "num_solver_steps": 10},
        {"adversarial_weight": 0.1},
        {"walk_steps": 3},
    ],
)
def test_the_student_learns_and_its_teachers_stay_in_eval_mode_and_frozen(latents, extra):
    torch.manual_seed(0)
    teacher = LatentDenoiser(**SIZES, dropout=0.1)
    stage = StudentStage(StudentConfig(batch_size=16, guidance_max=2.0, **extra), teacher, *latents)
    before = [p.clone() for p in teacher.parameters()]
    stage.trained.train()
    stage.teacher.train()
    stage.target.train()
    first, last = learn(stage, 60)
    for frozen in (stage.teacher, stage.target):
        assert not any(part.training for part in frozen.modules())
        assert not any(p.requires_grad for p in frozen.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, teacher.parameters(), strict=True))
    moved = [
        not torch.equal(a, b)
        for a, b in zip(before, stage.target.state_dict().values(), strict=False)
    ]
    assert any(moved) and last < first
    assert set(stage.validate(stage.trained)) == {"score", "frechet_1", "frechet_2", "frechet_4"}


def test_the_students_own_jumps_are_last_ones_and_see_no_recorded_motion(latents):
    stage = StudentStage(StudentConfig(batch_size=24), LatentDenoiser(**SIZES), *latents)
    batch = stage.train.random_batch(np.random.default_rng(0), batch_size=24, texts=stage.texts)
    other = replace(batch, latents=batch.latents + 1)
    found = []
    for given in (batch, other):
        torch.manual_seed(0)
        found.append(stage._jumps(given, torch.ones(24), torch.Generator().manual_seed(0)))
    jumps, others = found
    own = jumps.num_clean
    assert own == 12 and (jumps.end[:own] == -1).all()
    assert set(jumps.start[:own].tolist()) == {999, 499, 249}
    assert torch.equal(jumps.z_t[:own], others.z_t[:own])
    assert not torch.equal(jumps.z_t[own:], others.z_t[own:])


@pytest.mark.parametrize("walk_steps", [2, 8])
def test_walked_jumps_lead_where_the_guided_teachers_solver_arrives(latents, walk_steps):
    torch.manual_seed(0)
    config = StudentConfig(batch_size=24, walk_steps=walk_steps)
    stage = StudentStage(config, LatentDenoiser(**SIZES), *latents)
    batch = stage.train.random_batch(np.random.default_rng(0), batch_size=24, texts=stage.texts)
    weight = torch.linspace(0, 3, 24)
    jumps = stage._jumps(batch, weight, torch.Generator().manual_seed(0))
    _, target = stage.distillation.phased(batch, batch, jumps)

    text, text_mask = stage.texts.lookup(24 * [""])
    empty = replace(batch.condition(), text=text, text_mask=text_mask)
    teacher, without = (bound(stage.teacher.denoise, c) for c in (batch.condition(), empty))
    for start, end in {*zip(jumps.start.tolist(), jumps.end.tolist(), strict=True)}:
        size = max(stage.grid.skip, (start - end) // walk_steps)  # here all divide
        with torch.no_grad():
            arrived = sample_phased(
                lambda z, t, _: guided(teacher, without, weight)(z, t),
                jumps.z_t,
                stage.schedule,
                timesteps=range(start, end, -size),
                end=end,
            )

        rows = (jumps.start == start) & (jumps.end == end)
        there = stage.schedule.jump(jumps.z_t, target, jumps.start, jumps.end)
        assert torch.allclose(there[rows], arrived[rows], atol=1e-4)

    stage.distillation = replace(stage.distillation, walk_steps=0)
    _, stepped = stage.distillation.phased(batch, batch, jumps)
    long = jumps.start - jumps.end > 500
    assert long.any() and not torch.allclose(target[long], stepped[long], atol=1e-3)


def test_walked_jumps_are_those_of_sampling_and_see_no_recorded_motion(latents):
    config = StudentConfig(batch_size=64, walk_steps=4, own_share=0.25)
    stage = StudentStage(config, LatentDenoiser(**SIZES), *latents)
    batch = stage.train.random_batch(np.random.default_rng(0), batch_size=64, texts=stage.texts)
    found = []
    for given in (batch, replace(batch, latents=batch.latents + 1)):
        torch.manual_seed(0)
        found.append(stage._jumps(given, torch.ones(64), torch.Generator().manual_seed(0)))
    jumps, others = found
    assert torch.equal(jumps.z_t, others.z_t)

    led = [*zip(jumps.start.tolist(), jumps.end.tolist(), strict=True)]
    assert set(led[: jumps.num_clean]) == {(999, -1), (499, -1), (249, -1)}
    assert set(led[jumps.num_clean :]) == {(999, 499), (999, 749), (749, 499), (499, 249)}

    alone = StudentConfig(batch_size=8, walk_steps=4, phases=(1,))
    stage = StudentStage(alone, LatentDenoiser(**SIZES), *latents)
    jumps = stage._jumps(batch.chosen(slice(8)), torch.ones(8), torch.Generator().manual_seed(0))
    assert jumps.num_clean == 8 and (jumps.start == 999).all() and (jumps.end == -1).all()


def test_the_finished_model_has_a_default_scale_for_each_step_count():
    config = parse_config({"student": {"guidance_scale": 2.5, "many_step_scale": 2.0}})
    assert model_card(config, fps=20).guidance_scales == {1: 2.5, 2: 2.0, 4: 2.0}
    config = parse_config({"student": {"guidance_scale": 1.5}})
    assert model_card(config, fps=20).guidance_scales == {1: 1.5, 2: 1.5, 4: 1.5}


@pytest.mark.parametrize("name", ["small", "open", "full", "official"])
def test_every_config_builds(name):
    config = load_config(REPOSITORY / "configs" / f"{name}.yaml", [])
    assert "parameters" in describe(config)
    if name == "official":
        assert MotionVAE(**config.vae.model).num_latents == 16


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("vae.lrr=1", "did you mean vae.lr?"),
        ("vae.lr=fast", "must be a number"),
        ("vae.steps=0", "must be positive"),
        ("stages=[vea]", "vea"),
        ("stages=[vae,student]", "student needs teacher; name"),
        ("paraphrases=-1", "paraphrases must be 0 or more"),
        ("student.walk_steps=-1", "walk_steps must be 0 or more"),
        ("student={phases: [], walk_steps: 8}", "walk_steps needs a phased student"),
        ("boost=punch", "boost maps patterns to factors"),
        ("boost={punch: 0}", "must be a positive number"),
        ("boost={'(': 2}", "no regular expression"),
        ("boost={punhc: 2}", "no training clip has a caption"),
        ("vae.anchor_weight=1", "needs start_from"),
        ("student.follow_teacher=2", "between 0 and 1"),
        ("stages=[]", "stages is empty"),
        ("keep=[decoder]", "keep: the decoder is a part of the vae"),
        ("vae.model=3", "model must be a group of keys"),
        ("schedule=3", "schedule must be a group of keys"),
        ("schedule.kind=cosine", "cosine"),
        ("schedule.beta=0.1", "beta"),
        ("nonsense", "key=value"),
        ("vae=3", "group of keys"),
        ("data=/nowhere", "not a feature store"),
    ],
)
def test_a_wrong_config_is_one_clear_line(override, words, tiny_config, tmp_path, store, capsys):
    code = main([str(tiny_config), f"data={store}", f"output={tmp_path / 'run'}", override])
    error = capsys.readouterr().err
    assert code in (1, 2) and words in error and error.count("\n") == 1 and "Traceback" not in error


def test_the_dry_run_trains_nothing(tiny_config, capsys, tmp_path):
    assert main([str(tiny_config), "--dry-run", "vae.lr=0.5", f"output={tmp_path / 'run'}"]) == 0
    printed = capsys.readouterr().out
    assert '"lr": 0.5' in printed and "parameters" in printed and not (tmp_path / "run").exists()


def test_latents_are_cached_with_a_fingerprint_of_the_vae(store, tmp_path):
    motions = MotionDataset(FeatureStore.open(store), "val")
    torch.manual_seed(0)
    first, second = MotionVAE(**SIZES).eval(), MotionVAE(**SIZES).eval()
    one = LatentDataset(motions, first, folder=tmp_path)
    again = LatentDataset(motions, first, folder=tmp_path)
    assert torch.equal(one.mean, again.mean) and len(list(tmp_path.iterdir())) == 1
    LatentDataset(motions, second, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_run_without_data_says_so():
    with pytest.raises(ValueError, match="data=STORE"):
        Run(load_config(REPOSITORY / "configs" / "small.yaml", []))


def test_the_tiny_config_is_yaml():
    assert yaml.safe_load(json.dumps(TINY)) == TINY and sys.version_info >= (3, 11)


@pytest.mark.slow
@pytest.mark.parametrize("stage", stage_names())
def test_the_profile_says_where_a_step_goes_and_keeps_nothing(tiny_model, store, stage, capsys):
    run = tiny_model.parent
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*.pt")}
    config = [str(run.parent / "tiny.yaml"), f"data={store}", f"output={run}"]
    assert main([*config, "--profile", stage, "--debug"]) == 0
    printed = capsys.readouterr().out
    assert 0 < float(re.search(r"(\S+) GFLOP/s", printed)[1]) and "measured here" in printed
    for words in ("ms a step", "samples/s", "backward", "clip and optimiser"):
        assert words in printed
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*.pt")} == before


def test_behind_a_training_tiny_numbers_are_no_zeros(store, tiny_config, tmp_path):
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'new'}"]
    assert main([*arguments, "stages=[evaluator]", "--debug"]) == 0
    assert torch.tensor([1e-39]) * 0.5 > 0


def test_profiling_what_is_no_stage_is_one_clear_line(store, tiny_config, tmp_path, capsys):
    arguments = [str(tiny_config), f"data={store}", f"output={tmp_path / 'new'}"]
    assert main([*arguments, "--profile", "vea"]) == 2
    assert "evaluator, vae, decoder, teacher, student, got 'vea'" in capsys.readouterr().err


def test_profiling_before_the_stages_it_needs_is_one_clear_line(
    store, tiny_config, tmp_path, capsys
):
    assert (
        main(
            [
                str(tiny_config),
                f"data={store}",
                f"output={tmp_path / 'new'}",
                "--profile",
                "teacher",
            ]
        )
        == 2
    )
    assert "train vae first" in capsys.readouterr().err


def test_the_decoder_stage_leaves_the_encoder_alone_and_blends_the_seams(store, tmp_path):
    opened = FeatureStore.open(store)
    train, val = (MotionDataset(opened, split) for split in ("train", "val"))
    torch.manual_seed(0)
    vae = MotionVAE(**SIZES).eval()
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    config = DecoderConfig(model={"overlap": 4}, steps=4, batch_size=4, validate_every=4)
    stage = DecoderStage(config, vae, train, val)
    trainer = Trainer(stage, config, tmp_path, seed=0, accelerator=Accelerator())
    made = trainer.run()
    assert made.overlap == 4
    changed = {
        name
        for name, value in made.state_dict().items()
        if name in before
        and value.shape == before[name].shape
        and not torch.equal(value, before[name])
    }
    assert changed and not changed & set(vae.encoder_state())


def test_tokens_fade_into_their_neighbours_and_lengths_change_nothing():
    torch.manual_seed(0)
    vae = with_overlap(MotionVAE(**SIZES).eval(), 4)
    torch.nn.init.normal_(vae.head.weight, std=0.2)
    latents = torch.randn(1, 5, 32)
    whole = vae.decode(latents, torch.ones(1, 40, dtype=torch.bool))
    step = (whole[:, 1:] - whole[:, :-1]).norm(dim=-1)[0]
    plain = MotionVAE(**SIZES).eval()
    state = vae.state_dict()
    for name in ("head.weight", "head.bias"):
        state[name] = state[name].unflatten(0, (16, -1))[4:12].flatten(0, 1)
    plain.load_state_dict(state)
    seams = plain.decode(latents, torch.ones(1, 40, dtype=torch.bool))
    assert torch.equal(whole[:, :4], seams[:, :4]) and torch.equal(whole[:, -4:], seams[:, -4:])
    seam = (seams[:, 1:] - seams[:, :-1]).norm(dim=-1)[0]
    assert step[7::8].mean() < 0.8 * seam[7::8].mean()
    padded = torch.cat([latents[:, :3], torch.full((1, 2, 32), 9.0)], dim=1)
    mask = torch.arange(40)[None] < 24
    assert torch.allclose(
        vae.decode(padded, mask)[:, :24], vae.decode(latents[:, :3], mask[:, :24]), atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
def test_compiled_layers_learn_the_same(store, tiny_config, tmp_path):
    config = [
        str(tiny_config),
        f"data={store}",
        "stages=[evaluator]",
        "log_every=1",
        "evaluator.model.dropout=0",
    ]
    for name in ("false", "true"):
        assert main([*config, f"output={tmp_path / name}", f"compile={name}"]) == 0
    plain, compiled = (trace(tmp_path / name, "evaluator") for name in ("false", "true"))
    assert len(plain) == len(compiled) > 1
    for (step, before), (_, after) in zip(plain, compiled, strict=True):
        assert before == pytest.approx(after, rel=1e-3, abs=1e-4), step


def test_half_of_a_batch_is_said_in_other_words_and_only_to_who_learns(latents, store, tmp_path):
    train, val, texts = latents
    captions = [*train.motions.all_captions(), *val.motions.all_captions(), ""]

    def encode(said):
        vectors = torch.tensor([[float(len(text))] * texts.rows.shape[1] for text in said])[:, None]
        return vectors, torch.ones(len(said), 1, dtype=torch.bool)

    known = TextCache.build(
        captions, folder=tmp_path, name="lengths", encode=encode, num_paraphrases=3
    )
    batch = train.random_batch(np.random.default_rng(0), batch_size=64, texts=known)
    said = reworded(batch, np.random.default_rng(0), known)
    others = [a != b for a, b in zip(batch.captions, said.captions, strict=True)]
    assert 8 < sum(others) < 40 and torch.equal(said.latents, batch.latents)
    assert torch.equal(
        said.text[:, 0, 0], torch.tensor([float(len(text)) for text in said.captions])
    )
    assert reworded(batch, np.random.default_rng(0), texts) is batch
