"""A run's folder: one training at a time, and always of the same config and data."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.damage import parse_object
from motionlcm.data.store import FeatureStore
from motionlcm.training.checkpoints import is_begun
from motionlcm.training.config import RunConfig

CONFIG, SOURCES = "config.json", "sources.json"
LOCK = ".lock"

#: Keys that a run may go on with another value of: they change no step that was taken.
_MAY_CHANGE = {
    "output",
    "stages",
    "log_every",
    "checkpoint_minutes",
    "tensorboard",
    "licence",
    "memory_map",
}
_STAGE_MAY_CHANGE = {"steps", "minutes", "validate_every"}
#: Paths: what lies there counts, see ``sources_of``.
_PATHS = {"data", "start_from"}
_LONGEST = 100  #: characters of a value in an error
_NUM_ROWS = 4096  #: of a store's features that its fingerprint reads


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run's folder for one training; the system lets go of it with the process, killed too.

    Raises:
        ValueError: another training holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return

    with open(folder / LOCK, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise ValueError(
                f"{folder} is in use by another training ({file.read().strip() or 'unnamed'}): "
                "wait for it, stop it, or give another output=FOLDER"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {os.uname().nodename}\n")
        file.flush()
        yield


def open_run(folder: Path, config: RunConfig, sources: dict[str, Any]) -> None:
    """Write what a run is made of, or make sure that one begun before is made of the same.

    Args:
        folder: the run's.
        config: resolved.
        sources: see ``sources_of``.
    Raises:
        ValueError: what was trained there before had another config or other data.
    """
    values = json.loads(json.dumps(config.as_dict()))
    begun = [name for name in config.stage_configs if is_begun(folder / name)]
    if begun:
        _check_config(folder, values, begun, stages=config.stage_configs)
        _check_sources(folder, sources)
    write_bytes(folder / CONFIG, f"{json.dumps(values, indent=1)}\n".encode())
    write_bytes(folder / SOURCES, f"{json.dumps(sources, indent=1)}\n".encode())


def sources_of(config: RunConfig, store: FeatureStore) -> dict[str, Any]:
    """Say what a run's data and first weights are, so that a change is seen."""
    sources: dict[str, Any] = {"data": fingerprint_of_store(store)}
    if config.start_from:
        sources["start_from"] = fingerprint_of_folder(Path(config.start_from))
    return sources


def fingerprint_of_store(store: FeatureStore) -> dict[str, Any]:
    """Count a store's clips and frames, and hash its index, statistics and 4,096 of its rows."""
    digest = hashlib.sha256()
    for clip in store.clips:
        digest.update(repr(dataclasses.astuple(clip)).encode())
    digest.update(np.ascontiguousarray(store.mean).tobytes())
    digest.update(np.ascontiguousarray(store.std).tobytes())

    rows = np.unique(np.linspace(0, len(store.features) - 1, _NUM_ROWS).astype(int))
    digest.update(np.ascontiguousarray(store.features[rows]).tobytes())
    return {
        "clips": len(store.clips),
        "frames": len(store.features),
        "sha256": digest.hexdigest()[:16],
    }


def fingerprint_of_folder(folder: Path) -> dict[str, Any]:
    """Hash a finished model's weights and statistics."""
    digest = hashlib.sha256()
    paths = [path for path in folder.rglob("*") if path.suffix in (".safetensors", ".npz", ".json")]
    for path in sorted(paths):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return {"sha256": digest.hexdigest()[:16]}


def _check_config(
    folder: Path, values: dict[str, Any], begun: list[str], *, stages: Collection[str]
) -> None:
    """Name each key whose value is not the one that begun stages were trained with."""
    before = _read(folder / CONFIG)
    differences = []
    for key, value in values.items():
        if key not in before or key in _MAY_CHANGE | _PATHS:
            continue
        if key not in stages:
            differences += _differences(key, before[key], value)
        elif key in begun:
            if not isinstance(before[key], dict):
                raise _damaged(folder / CONFIG, f"{key} is no group of keys")
            for name in value.keys() & before[key].keys() - _STAGE_MAY_CHANGE:
                differences += _differences(f"{key}.{name}", before[key][name], value[name])

    if differences:
        raise ValueError(
            f"{folder} was begun with {', '.join(sorted(differences))}; set it back, or give "
            "another output=FOLDER"
        )


def _differences(key: str, before: Any, now: Any) -> list[str]:
    return [] if before == now else [f"{key}={_short(before)} (now {_short(now)})"]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _check_sources(folder: Path, sources: dict[str, Any]) -> None:
    before = _read(folder / SOURCES)
    for key in sources.keys() | before.keys() if before else ():
        if before.get(key) != sources.get(key):
            raise ValueError(
                f"{folder} was begun with another {key}= than this: {_short(before.get(key))}, now "
                f"{_short(sources.get(key))}; give that one, or another output=FOLDER"
            )


def _read(path: Path) -> dict[str, Any]:
    """What was written for a run; {} where an older version wrote nothing.

    Raises:
        ValueError: the file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        return parse_object(path.read_bytes(), path.name)
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, fault: str) -> ValueError:
    return ValueError(
        f"{path} is damaged, so it is not known what {path.parent} was begun with ({fault}); "
        "remove it if nothing has changed"
    )
