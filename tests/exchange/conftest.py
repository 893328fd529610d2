"""Fixtures: a small sentence encoder of the kind that official models read."""

import json

import pytest
import torch

CAPTIONS = ["a person jumps", "someone walks to the left and sits down"]


@pytest.fixture(scope="session")
def sentence_t5(tmp_path_factory):
    """A small T5 encoder in sentence-transformers' layout: mean, linear map to 768, length one."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    folder = tmp_path_factory.mktemp("t5")
    words = sorted({word for caption in CAPTIONS for word in caption.split()})
    vocabulary = {"<pad>": 0, "<unk>": 1, **{word: i + 2 for i, word in enumerate(words)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    specials = {"pad_token": "<pad>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **specials).save_pretrained(folder)

    torch.manual_seed(0)
    shape = {
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 4,
        "vocab_size": len(vocabulary),
    }
    T5EncoderModel(T5Config(**shape)).save_pretrained(folder)

    modules = {
        "Transformer": "",
        "Pooling": "1_Pooling",
        "Dense": "2_Dense",
        "Normalize": "3_Normalize",
    }
    rows = [
        {"path": path, "type": f"sentence_transformers.models.{kind}"}
        for kind, path in modules.items()
    ]
    (folder / "modules.json").write_text(json.dumps(rows))
    pooling = {
        "pooling_mode_mean_tokens": True,
        "pooling_mode_cls_token": False,
        "word_embedding_dimension": 32,
    }
    activation = "torch.nn.modules.linear.Identity"
    dense = {
        "in_features": 32,
        "out_features": 768,
        "bias": False,
        "activation_function": activation,
    }
    for path, config in (("1_Pooling", pooling), ("2_Dense", dense)):
        (folder / path).mkdir()
        (folder / path / "config.json").write_text(json.dumps(config))
    torch.save({"linear.weight": torch.randn(768, 32)}, folder / "2_Dense/pytorch_model.bin")
    return folder
