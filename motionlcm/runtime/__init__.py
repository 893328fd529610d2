"""Running the networks: ONNX Runtime on a CPU without torch, torch elsewhere."""
