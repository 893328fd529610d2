"""A folder with a page that makes motion from text in the browser, without Python and without a network.

    npm install onnxruntime-web
    python demo/browser.py PAGE node_modules/onnxruntime-web/dist && python -m http.server -b 127.0.0.1 -d PAGE

The page runs the one-step model (``motionlcm-convert small small.onnx``); feet, limbs and floor are not cleaned up.
Needs the packages onnx and onnxscript.
"""

import json
import shutil
import sys
from pathlib import Path

import motionlcm
from motionlcm import MotionPipeline
from motionlcm.exchange.onnx import write_onnx
from motionlcm.models.minilm import minilm_folder

RUNTIME = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


def main() -> None:
    """Write the folder."""
    folder, runtime, *model = sys.argv[1:]
    page = Path(folder)
    page.mkdir(parents=True, exist_ok=True)
    pipeline = MotionPipeline.from_pretrained(*model, device="torch")
    *parts, whole = write_onnx(pipeline, page / "model.onnx")
    for path in parts:
        path.unlink()
    tokenizer = json.loads((minilm_folder() / "tokenizer.json").read_text("utf-8"))
    numbers = tokenizer["model"]["vocab"]
    facts = {
        "fps": pipeline.layout.fps,
        "frames_per_token": pipeline.folder.latents.frames_per_token,
        "latent_channels": pipeline.vae.latent_channels,
        "guidance_scale": pipeline.guidance_scale(1),
        "names": pipeline.layout.skeleton.names,
        "parents": pipeline.layout.skeleton.parents,
        "vocabulary": sorted(numbers, key=numbers.get),
    }
    (page / "model.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    player = Path(motionlcm.__file__).parent / "render" / "player.js"
    here = Path(__file__).parent / "browser"
    for path in (here / "index.html", here / "tokenizer.js", player, *(Path(runtime) / name for name in RUNTIME)):
        shutil.copy(path, page)
    print(f"wrote {page} ({whole.stat().st_size / 1e6:.0f} MB of model)")


if __name__ == "__main__":
    main()
