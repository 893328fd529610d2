"""Formulas of diffusion and distillation. Takes callables and arrays; knows no network."""
