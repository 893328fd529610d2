"""Files of a model folder, opened as users' commands open them."""

from motionlcm.integrity import MANIFEST
from motionlcm.models.folder import PIPELINE_CONFIG, README, STATISTICS, ModelFolder
from motionlcm.models.known import KNOWN
from motionlcm.models.saving import WEIGHTS_NAME, SavedModule
from motionlcm.runtime.session import open_session


def open_file(path):
    """Open a file of a model folder by the functions that users' commands open it with."""
    is_at_top = path.name in (PIPELINE_CONFIG, README, STATISTICS, MANIFEST, KNOWN)
    folder = path.parent if is_at_top else path.parents[1]
    if path.name in (PIPELINE_CONFIG, README, MANIFEST):
        ModelFolder.find(folder)
    elif path.name == STATISTICS:
        assert ModelFolder.find(folder).statistics.features.mean.ndim == 1
    elif path.name == KNOWN:
        assert len(ModelFolder.find(folder).known.captions)
    elif path.stem == "graph":
        open_session(path.with_suffix(".onnx"), path.parent / WEIGHTS_NAME, num_threads=1)
    else:
        SavedModule.from_pretrained.__func__(_kind_of(path.parent.name), path.parent)


def _kind_of(network):
    from motionlcm.models.denoiser import LatentDenoiser
    from motionlcm.models.embedder import TextMotionEmbedder
    from motionlcm.models.vae import MotionVAE

    return {"vae": MotionVAE, "evaluator": TextMotionEmbedder}.get(network, LatentDenoiser)
