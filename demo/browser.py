"""A folder with a page that makes motion from text in the browser, without Python and a network.

    npm install onnxruntime-web
    python demo/browser.py PAGE node_modules/onnxruntime-web/dist
    python -m http.server -b 127.0.0.1 -d PAGE

The page runs the one-step model (``motionlcm-convert small small.onnx``); feet, limbs and floor are
not cleaned up. Its weights are one byte a number (``exchange/onnx_weights.py``), which moves joints
by 5 mm on average. Needs the packages onnx and onnxscript.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import onnx

import motionlcm
from motionlcm import MotionPipeline
from motionlcm.exchange.onnx import write_onnx
from motionlcm.exchange.onnx_weights import pack_weights
from motionlcm.models.minilm import minilm_folder

RUNTIME = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


def main() -> None:
    """Write the folder."""
    folder, runtime, *name = sys.argv[1:]
    page = Path(folder)
    page.mkdir(parents=True, exist_ok=True)

    # The page runs the one graph from token numbers to joints; its parts are not needed.
    pipeline = MotionPipeline.from_pretrained(*name, device="torch")
    *parts, whole = write_onnx(pipeline, page / "model.onnx")
    for path in parts:
        path.unlink()
    model = onnx.load(whole)
    pack_weights(model)
    whole.write_bytes(model.SerializeToString())

    facts = json.dumps(page_facts(pipeline), ensure_ascii=False)
    (page / "model.json").write_text(facts, "utf-8")

    here = Path(__file__).parent / "browser"
    runtime_files = (Path(runtime) / name for name in RUNTIME)
    for path in (here / "index.html", here / "tokenizer.js", *runtime_files):
        shutil.copy(path, page)
    player = Path(motionlcm.__file__).parent / "web" / "static" / "core"
    shutil.copytree(player, page / "core", dirs_exist_ok=True)
    size = sum(path.stat().st_size for path in page.rglob("*") if path.is_file())
    print(
        f"wrote {page} ({size / 1e6:.0f} MB to download, {whole.stat().st_size / 1e6:.0f} of model)"
    )


def page_facts(pipeline: MotionPipeline) -> dict[str, Any]:
    """What the page has to know of the model besides its graph."""
    tokenizer = json.loads((minilm_folder() / "tokenizer.json").read_text("utf-8"))
    numbers = tokenizer["model"]["vocab"]

    return {
        "fps": pipeline.layout.fps,
        "frames_per_token": pipeline.folder.latents.frames_per_token,
        "latent_channels": pipeline.vae.latent_channels,
        "guidance_scale": pipeline.guidance_scale(1),
        "names": pipeline.layout.skeleton.names,
        "parents": pipeline.layout.skeleton.parents,
        "vocabulary": sorted(numbers, key=numbers.get),
    }


if __name__ == "__main__":
    main()
