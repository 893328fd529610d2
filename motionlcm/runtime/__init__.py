"""Running the networks: ONNX Runtime on a CPU without torch, torch elsewhere."""

import os

# ONNX Runtime reads this when it is loaded. Without it, version 1.32 keeps a number of this machine
# in the user's cache folder and reports its use to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
