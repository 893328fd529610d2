"""Models from and for other programs: official checkpoints, torch files, ONNX."""
