"""The T2M evaluator: parity with a second implementation, bad and missing files, the command."""

import json
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from motionlcm.cli.evaluate import main
from motionlcm.cli.prepare import main as prepare
from motionlcm.evaluation.glove import WordVectors, read_plain_pickle
from motionlcm.evaluation.protocol import Protocol
from motionlcm.evaluation.t2m import T2MEvaluator
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.features import encode_features
from motionlcm.motion.layout import HUMANML, KIT
from tests.conftest import walking
from tests.published import kit_features, kit_walk, write_humanml

VOCABULARY = [
    "unk",
    "sos",
    "eos",
    "a",
    "person",
    "walk",
    "slowly",
    "he",
    "go",
    "right",
    "left",
    "ahead",
    "fast",
]


def gru(inputs, hidden):
    """State dict of a bidirectional GRU with random weights."""
    layer = nn.GRU(inputs, hidden, bidirectional=True)
    return {f"gru.{name}": value.detach() for name, value in layer.named_parameters()}


def linear(name, inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    return {f"{name}.weight": layer.weight.detach(), f"{name}.bias": layer.bias.detach()}


def sequence_encoder(inputs, hidden, outputs):
    norm = {
        "output_net.1.weight": torch.rand(hidden) + 0.5,
        "output_net.1.bias": torch.randn(hidden),
    }
    return {
        **linear("input_emb", inputs, hidden),
        **gru(hidden, hidden),
        "hidden": torch.randn(2, 1, hidden),
        **linear("output_net.0", 2 * hidden, hidden),
        **norm,
        **linear("output_net.3", hidden, outputs),
    }


def write_evaluator(folder, width=263, meta="Comp_v6_KLD01/meta"):
    """The published layout, with random weights; returns the state dicts."""
    torch.manual_seed(3)
    first, second = nn.Conv1d(width - 4, 512, 4, 2, 1), nn.Conv1d(512, 512, 4, 2, 1)
    states = {
        "movement_encoder": {
            "main.0.weight": first.weight.detach(), "main.0.bias": first.bias.detach(),
            "main.3.weight": second.weight.detach(), "main.3.bias": second.bias.detach(),
            **linear("out_net", 512, 512),
        },
        "motion_encoder": sequence_encoder(512, 1024, 512),
        "text_encoder": {**linear("pos_emb", 15, 300), **sequence_encoder(300, 512, 512)},
    }  # fmt: skip
    for part in ("text_mot_match/model", meta, "glove"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    torch.save(
        {**states, "epoch": 7, "opt_text_encoder": {"state": {}}},
        folder / "text_mot_match/model/finest.tar",
    )
    rng = np.random.default_rng(4)
    np.save(folder / meta / "mean.npy", rng.normal(0, 0.3, width).astype(np.float32))
    np.save(folder / meta / "std.npy", rng.uniform(0.5, 2, width).astype(np.float32))
    np.save(folder / "glove" / "our_vab_data.npy", rng.normal(size=(len(VOCABULARY), 300)))
    rows = {word: row for row, word in enumerate(reversed(VOCABULARY))}
    (folder / "glove" / "our_vab_words.pkl").write_bytes(pickle.dumps(VOCABULARY))
    (folder / "glove" / "our_vab_idx.pkl").write_bytes(pickle.dumps(rows))
    return states


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("t2m")
    write_evaluator(path)
    return path


def plain_sequence(state, rows, lengths):
    """Longest first, packed, two last states joined; back in the order that was given."""
    order = np.argsort(lengths)[::-1].copy()
    layer = nn.GRU(
        state["gru.weight_hh_l0"].shape[1],
        state["gru.weight_hh_l0"].shape[1],
        1,
        True,
        True,
        0,
        True,
    )
    layer.load_state_dict(
        {name[4:]: value for name, value in state.items() if name.startswith("gru.")}
    )
    x = functional.linear(rows[order], state["input_emb.weight"], state["input_emb.bias"])
    packed = pack_padded_sequence(x, [lengths[i] for i in order], batch_first=True)
    last = layer(packed, state["hidden"].repeat(1, len(rows), 1))[1]
    x = functional.linear(
        torch.cat([last[0], last[1]], -1), state["output_net.0.weight"], state["output_net.0.bias"]
    )
    x = functional.layer_norm(
        x, x.shape[-1:], state["output_net.1.weight"], state["output_net.1.bias"]
    )
    x = functional.linear(
        functional.leaky_relu(x, 0.2), state["output_net.3.weight"], state["output_net.3.bias"]
    )
    return x[np.argsort(order)].detach().numpy()


def plain_motion(states, clips, mean, std):
    state = states["movement_encoder"]
    rows, lengths = torch.zeros(len(clips), 196, clips[0].shape[1]), []
    for i, clip in enumerate(clips):
        length = len(clip) // 4 * 4
        rows[i, :length] = torch.from_numpy((clip[:length] - mean) / std)
        lengths.append(length // 4)
    x = rows[..., :-4].permute(0, 2, 1)
    for layer in ("main.0", "main.3"):
        x = functional.conv1d(
            x, state[f"{layer}.weight"], state[f"{layer}.bias"], stride=2, padding=1
        )
        x = functional.leaky_relu(x, 0.2)
    x = functional.linear(x.permute(0, 2, 1), state["out_net.weight"], state["out_net.bias"])
    return plain_sequence(states["motion_encoder"], x, lengths)


@pytest.mark.parametrize("layout", [HUMANML, KIT])
def test_motions_of_any_length_agree_with_a_plain_second_implementation(tmp_path, layout):
    meta = "Comp_v6_KLD01/meta" if layout is HUMANML else "Comp_v6_KLD005/meta"
    states = write_evaluator(tmp_path, layout.dim, meta)
    make = (
        (lambda n: encode_features(walking(n)))
        if layout is HUMANML
        else (lambda n: kit_features(kit_walk(n)) / 1000)
    )
    clips = [make(frames).astype(np.float32) for frames in (41, 64, 197, 50)]
    mean, std = (np.load(tmp_path / meta / f"{name}.npy") for name in ("mean", "std"))
    evaluator = T2MEvaluator.open(tmp_path, layout)
    made = evaluator.embed_motion(clips)
    assert made.shape == (4, 512)
    np.testing.assert_allclose(made, plain_motion(states, clips, mean, std), atol=1e-5)
    np.testing.assert_allclose(
        evaluator.embed_motion(clips[1:2])[0], made[1], atol=1e-5
    )  # whatever the batch
    np.testing.assert_array_equal(
        evaluator.embed_motion([clips[3][:48]]), evaluator.embed_motion([clips[3][:49]])
    )
    assert np.abs(made[0] - made[1]).max() > 1e-3


def test_texts_agree_with_a_plain_second_implementation(folder, tmp_path):
    states = write_evaluator(tmp_path)["text_encoder"]
    evaluator = T2MEvaluator.open(tmp_path, HUMANML)
    vectors = np.load(tmp_path / "glove" / "our_vab_data.npy")
    tags = "VERB NOUN DET ADP NUM AUX PRON ADJ ADV Loc_VIP Body_VIP Obj_VIP Act_VIP Desc_VIP OTHER"
    tags = tags.split()
    captions = {
        "a/DET person/NOUN walk/VERB slowly/ADV": ["DET", "NOUN", "Act_VIP", "Desc_VIP"],
        "he/PRON go/X zebra/NOUN": ["PRON", "OTHER", "OTHER"],
        " ".join(["right/ADV"] * 30): ["Loc_VIP"] * 20,
    }
    rows, lengths = [], []
    for caption, expected in captions.items():
        words = [token.split("/")[0] for token in caption.split()][:20]
        words = ["sos", *[w if w in VOCABULARY else "unk" for w in words], "eos"]
        lengths.append(len(words))
        words += ["unk"] * (22 - len(words))
        kinds = ["OTHER", *expected, "OTHER"] + ["OTHER"] * (20 - len(expected))
        word = torch.tensor(
            np.array([vectors[len(VOCABULARY) - 1 - VOCABULARY.index(w)] for w in words])
        ).float()
        tag = functional.one_hot(torch.tensor([tags.index(k) for k in kinds]), 15).float()
        rows.append(word + functional.linear(tag, states["pos_emb.weight"], states["pos_emb.bias"]))
    expected = plain_sequence(states, torch.stack(rows), lengths)
    np.testing.assert_allclose(evaluator.embed_text(list(captions)), expected, atol=1e-5)
    assert lengths == [6, 5, 22]


class Hostile:
    """Leaves a mark when it is unpickled the usual way."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


@pytest.mark.parametrize(
    "name", ["glove/our_vab_words.pkl", "glove/our_vab_idx.pkl", "text_mot_match/model/finest.tar"]
)
def test_hostile_pickles_run_nothing(tmp_path, name):
    write_evaluator(tmp_path)
    mark = tmp_path / "mark"
    with open(tmp_path / name, "wb") as file:
        (torch.save if name.endswith("tar") else pickle.dump)({"a": Hostile(mark)}, file)
    with pytest.raises(ValueError, match="nothing of it was run"):
        T2MEvaluator.open(tmp_path, HUMANML)
    assert not mark.exists()
    if name.endswith("pkl"):  # the trap is real
        with open(tmp_path / name, "rb") as file:
            pickle.load(file)["a"].close()
        assert mark.exists()


def test_a_hostile_array_of_word_vectors_is_refused(tmp_path):
    write_evaluator(tmp_path)
    path = tmp_path / "glove" / "our_vab_data.npy"
    np.save(path, np.array([Hostile(tmp_path / "mark")], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickles are refused"):
        WordVectors.open(tmp_path / "glove")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_pickles_of_every_protocol_are_read(tmp_path, protocol):
    for value in (["a", "b"], {"a": 0, "b": 70000}):
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(value, protocol))
        assert read_plain_pickle(tmp_path / "x.pkl") == value


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("our_vab_words.pkl", pickle.dumps({"a": 1}), "list of words"),
        ("our_vab_words.pkl", pickle.dumps(["unk", "zebra"]), "lacks 1 words, first 'zebra'"),
        ("our_vab_words.pkl", b"", "damaged"),
        ("our_vab_words.pkl", b"\x80\x04garbage", "damaged"),
        ("our_vab_idx.pkl", pickle.dumps({"unk": 10**9}), "its row, 0 to 12"),
        ("our_vab_idx.pkl", pickle.dumps({"unk": "0"}), "its row"),
    ],
)
def test_damaged_word_files_are_one_clear_line(tmp_path, name, content, words):
    write_evaluator(tmp_path)
    (tmp_path / "glove" / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        WordVectors.open(tmp_path / "glove")


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("text_mot_match/model/finest.tar", "lacks text_mot_match/model/finest.tar"),
        ("Comp_v6_KLD01/meta/mean.npy", "lacks mean.npy and std.npy in Comp_v6_KLD01/meta"),
        ("Comp_v6_KLD01/meta/std.npy", "std.npy"),
        ("glove/our_vab_idx.pkl", "our_vab_idx.pkl"),
    ],
)
def test_missing_files_are_named(tmp_path, gone, words):
    write_evaluator(tmp_path)
    (tmp_path / gone).unlink()
    with pytest.raises(FileNotFoundError, match=words):
        T2MEvaluator.open(tmp_path, HUMANML)


def test_weights_and_statistics_of_other_features_are_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="must hold 251 finite numbers"):
        T2MEvaluator.open(folder, KIT)
    write_evaluator(tmp_path)
    path = tmp_path / "text_mot_match/model/finest.tar"
    saved = torch.load(path, weights_only=True)
    saved["motion_encoder"]["hidden"] = torch.zeros(2, 1, 7)
    torch.save(saved, path)
    with pytest.raises(
        ValueError, match=r"motion_encoder does not fit: 1 tensors differ, first hidden"
    ):
        T2MEvaluator.open(tmp_path, HUMANML)
    del saved["text_encoder"], saved["motion_encoder"]
    torch.save(saved, path)
    with pytest.raises(ValueError, match="motion_encoder is missing"):
        T2MEvaluator.open(tmp_path, HUMANML)


def test_the_command_judges_with_it_a_folder_as_it_is_or_a_store(
    folder, tiny_model, tmp_path, capsys, monkeypatch
):
    data, target = write_humanml(tmp_path / "humanml"), tmp_path / "figures.json"
    asked = []
    monkeypatch.setattr(
        Protocol, "multimodality", lambda self, make: asked.append(len(make([0, 1], 3))) or 1.0
    )
    common = [
        str(tiny_model),
        "--t2m-evaluator",
        str(folder),
        "--steps",
        "1",
        "--json",
        str(target),
    ]
    assert main([*common, "--data", str(data), "--replications", "2", "--debug"]) == 0
    printed = capsys.readouterr().out
    assert "by the T2M evaluator" in printed and "own Mean.npy" in printed and asked == [2]
    rows = json.loads(target.read_text())["quality"]["rows"]
    assert all(
        np.isfinite(row[name]).all()
        for row in rows.values()
        for name in ("R@3", "FID", "MM-Dist", "Diversity")
    )
    assert rows["real"]["FID"][0] < 1e-2 < rows["student, 1 step"]["FID"][0]
    assert prepare([str(data), str(tmp_path / "store")]) == 0
    own = T2MEvaluator.open(folder, HUMANML)
    protocol = Protocol(
        MotionPipeline.from_pretrained(tiny_model), tmp_path / "store", "test", t2m_evaluator=own
    )
    np.testing.assert_allclose(protocol.real_motion, own.embed_motion(protocol.real), atol=1e-5)
    np.testing.assert_allclose(
        protocol.text[0], own.embed_text([protocol.dataset.windows[0].tokens[0]])[0], atol=1e-5
    )
    assert (
        main([str(tiny_model), "--t2m-evaluator", str(tmp_path), "--data", str(tmp_path / "store")])
        == 2
    )
    assert "lacks text_mot_match/model/finest.tar" in capsys.readouterr().err
    index = tmp_path / "store" / "clips.jsonl"
    rows = [json.loads(line) for line in index.read_text().splitlines()]
    for row in rows:  # as stores were before captions kept their tokens
        row["captions"] = [
            {name: c[name] for name in ("text", "start", "end")} for c in row["captions"]
        ]
    index.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main([*common, "--data", str(tmp_path / "store")]) == 2
    error = capsys.readouterr().err
    assert "no word/TAG tokens" in error and error.count("\n") == 1
    assert main([*common[:3], "--probes"]) == 2
    assert "--t2m-evaluator judges --data" in capsys.readouterr().err


def test_clips_are_chosen_as_the_published_protocol_does(tmp_path):
    from motionlcm.data.store import Caption, Clip, FeatureStore

    texts = (
        Caption("x", tokens="x/X"),
        Caption("y", 1.0, 4.0, "y/X"),
        Caption("z", 1.0, 2.0, "z/X"),
    )
    clips = [Clip(str(n), "test", 0, n, texts) for n in (39, 150, 199, 200)]
    opened = FeatureStore(tmp_path, np.zeros((200, 263)), clips, np.zeros(263), np.ones(263))
    found = [
        (w.clip.id, w.start, w.frames, w.captions, w.tokens)
        for w in opened.published_windows("test")
    ]
    whole = [("150", 0, 150, ("x",), ("x/X",)), ("199", 0, 196, ("x",), ("x/X",))]
    spans = [(name, 20, 60, ("y",), ("y/X",)) for name in ("150", "199", "200")]
    assert sorted(found) == sorted(whole + spans)
