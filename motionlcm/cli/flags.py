"""Flags that several commands have: which model, which device, the traceback."""

from __future__ import annotations

import argparse


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--model`` and ``--device``."""
    parser.add_argument("--model", help="name or folder; default: the model in the package")
    parser.add_argument(
        "--device", default="auto", help="auto (default), cpu, cuda, mps, or torch on the CPU"
    )


def add_debug_flag(parser: argparse.ArgumentParser) -> None:
    """Add ``--debug``, which ``run_command`` follows."""
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
