"""Formulas of diffusion and consistency distillation. Takes callables and tensors; knows no model."""
