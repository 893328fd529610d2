"""YAML files and ``key=value`` overrides, read into a ``RunConfig``."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from motionlcm.damage import reason, shown
from motionlcm.text_files import read_text_file
from motionlcm.training.config import RunConfig
from motionlcm.training.stage import Stage
from motionlcm.training.stages import all_stages, check_plan, stage_names

_MOST = 10_000  #: values of a config
_MOST_GROUPS = 500  #: in brackets; nested ones take the square of their number
_QUOTE = "'"


def load_config(path: str | Path, overrides: list[str]) -> RunConfig:
    """Read a YAML file and apply ``key=value`` overrides such as ``vae.lr=1e-4``.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not YAML, an unknown key (the nearest right one is named) or a value of the
            wrong type.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no config file {path}")
    values = _parsed(read_text_file(path), f"{path} is not valid YAML") or {}
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold key: value pairs, got {type(values).__name__}")

    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise ValueError(f"an override is key=value, got {shown(override)}")
        value = _parsed(text, f"the value of {shown(override)} is not valid YAML")
        _set(values, key.split("."), value)
    return parse_config(values)


def _parsed(text: str, fault: str) -> Any:
    """What YAML text says; ValueError, which begins with ``fault``, where it is none, or endless.

    An alias may stand for as much as it likes, and for itself, so what is there is counted.
    """
    if text.count("[") + text.count("{") > _MOST_GROUPS:
        raise ValueError(f"{fault}: it opens more than {_MOST_GROUPS} lists and groups")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{fault}: {reason(error)}") from None

    waiting, count = [value], 0
    while waiting:
        count += 1
        if count > _MOST:
            raise ValueError(f"{fault}: it holds more than {_MOST:,} values")
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list | tuple | set):
            waiting += item
    return value


def parse_config(values: Mapping[str, Any]) -> RunConfig:
    """Turn nested plain values into a config; what is not there keeps its default.

    Raises:
        ValueError: an unknown key (the nearest right one is named) or a value of the wrong type.
    """
    groups = {stage.name: stage.config_type() for stage in all_stages()}
    shared = _defaults(RunConfig)
    del shared["stage_configs"]

    arguments = _converted(values, {**shared, **groups})
    for stage in all_stages():
        if stage.name in arguments:
            _check_model(stage, arguments[stage.name].model)

    arguments.setdefault("stages", stage_names())
    stage_configs = {name: arguments.pop(name, default) for name, default in groups.items()}
    config = RunConfig(**arguments, stage_configs=stage_configs)
    check_plan(config)
    return config


def _set(values: dict[str, Any], keys: list[str], value: Any) -> None:
    """Set a value in nested groups, which are made where they are not there."""
    for key in keys[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise ValueError(f"{shown('.'.join(keys))}: {key} is a value, not a group of keys")
    values[keys[-1]] = value


def _converted(
    values: Mapping[str, Any], defaults: dict[str, Any], prefix: str = ""
) -> dict[str, Any]:
    """Check keys and give each value its default's type; groups of keys become dataclasses."""
    converted = {}
    for key, value in values.items():
        if key not in defaults:
            near = difflib.get_close_matches(str(key), defaults, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"allowed: {', '.join(defaults)}"
            raise ValueError(f"unknown config key {prefix}{shown(key).strip(_QUOTE)}; {hint}")

        name, default = f"{prefix}{key}", defaults[key]
        if not dataclasses.is_dataclass(default):
            converted[key] = _convert(value, default, name)
            continue

        if not isinstance(value, dict):
            raise ValueError(f"{name} must be a group of keys, got {shown(value)}")
        converted[key] = _group(value, default, name)
    return converted


def _group(value: dict[str, Any], default: Any, name: str) -> Any:
    """Make a stage's config; the errors of its own checks say which stage's."""
    kind = type(default)
    arguments = _converted(value, _defaults(kind), f"{name}.")
    try:
        return kind(**arguments)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_model(stage: type[Stage], model: dict[str, Any]) -> None:
    """Raise ValueError where ``model`` names what the network's constructor does not take."""
    if stage.network is None:
        return
    parameters = inspect.signature(stage.network).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    _converted(model, defaults, f"{stage.name}.model.")


def _defaults(kind: type) -> dict[str, Any]:
    """The default of each field of a dataclass."""
    defaults = {}
    for item in dataclasses.fields(kind):
        if item.default_factory is dataclasses.MISSING:
            defaults[item.name] = item.default
        else:
            defaults[item.name] = item.default_factory()
    return defaults


def _convert(value: Any, default: Any, name: str) -> Any:
    """Give a value the type of its default; ValueError where it has another."""
    if isinstance(default, tuple):
        values = value if isinstance(value, list | tuple) else (value,)
        like = default[0] if default else ""  # those of no default are names
        return tuple(_convert(each, like, name) for each in values)

    if isinstance(default, float | int) and not isinstance(default, bool):
        try:
            number = float("x" if isinstance(value, bool) else value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{name} must be a number, got {shown(value)}") from None
        if not math.isfinite(number):
            raise ValueError(f"{name} must be a finite number, got {shown(value)}")
        if isinstance(default, int) and number != int(number):
            raise ValueError(f"{name} must be a whole number, got {shown(value)}")
        return int(number) if isinstance(default, int) else number

    if isinstance(default, bool | str) and not isinstance(value, type(default)):
        raise ValueError(f"{name} must be a {type(default).__name__}, got {shown(value)}")
    return value
