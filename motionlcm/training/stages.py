"""The stages of a run in the order in which they are trained: the one place that knows them all."""

from __future__ import annotations

from motionlcm.damage import shown
from motionlcm.training.config import RunConfig
from motionlcm.training.decoder_stage import DecoderStage
from motionlcm.training.evaluator_stage import EvaluatorStage
from motionlcm.training.stage import Stage
from motionlcm.training.student_stage import StudentStage
from motionlcm.training.teacher_stage import TeacherStage
from motionlcm.training.vae_stage import VAEStage

_stages: list[type[Stage]] = [EvaluatorStage, VAEStage, DecoderStage, TeacherStage, StudentStage]


def all_stages() -> tuple[type[Stage], ...]:
    """Every stage, in the order of training."""
    return tuple(_stages)


def stage_names() -> tuple[str, ...]:
    """The names of all stages, in the order of training."""
    return tuple(stage.name for stage in _stages)


def stage_named(name: str) -> type[Stage]:
    """Find a stage by its name.

    Raises:
        ValueError: there is none of that name; the message lists those that there are.
    """
    for stage in _stages:
        if stage.name == name:
            return stage
    raise ValueError(f"a stage is one of {', '.join(stage_names())}, got {name!r}")


def needed_by(stage: type[Stage]) -> list[type[Stage]]:
    """The stages that must be finished before ``stage``, in the order of training."""
    names = set(stage.needs)
    for earlier in reversed(_stages):
        if earlier.name in names:
            names.update(earlier.needs)

    return [earlier for earlier in _stages if earlier.name in names]


def register(stage: type[Stage], *, after: str | None = None) -> None:
    """Add a stage of one's own, behind the one named ``after`` or behind all.

    Raises:
        ValueError: the name is taken or no key of a config, or a stage that it needs does not come
            before it.
    """
    if not stage.name.isidentifier() or stage.name in stage_names():
        raise ValueError(
            f"{stage.name!r} is no name for a stage, or taken by one of {', '.join(stage_names())}"
        )
    place = len(_stages) if after is None else stage_names().index(stage_named(after).name) + 1

    missing = [name for name in stage.needs if name not in stage_names()[:place]]
    if missing:
        raise ValueError(f"{stage.name} needs {', '.join(missing)}, which must come before it")

    _stages.insert(place, stage)


def unregister(name: str) -> None:
    """Take out the stage of this name."""
    _stages.remove(stage_named(name))


def planned(config: RunConfig) -> list[type[Stage]]:
    """The stages that are trained or kept, in order, up to the last that is trained."""
    names = stage_names()
    last = max(names.index(name) for name in config.stages)
    wanted = (*config.stages, *config.keep)
    return [stage for stage in all_stages()[: last + 1] if stage.name in wanted]


def check_plan(config: RunConfig) -> None:
    """Raise ValueError for stages that are not there, or that lack what they are built from."""
    names = stage_names()
    for key in ("stages", "keep"):
        for name in getattr(config, key):
            if name not in names:
                raise ValueError(f"{key} must be among {', '.join(names)}, got {shown(name)}")
    if not config.stages:
        raise ValueError(f"stages is empty; name what to train: {', '.join(names)}")

    plan = planned(config)
    there = [stage.name for stage in plan]
    for stage in plan:
        missing = [name for name in stage.needs if name not in there]
        if missing:
            needs = ", ".join(missing)
            raise ValueError(
                f"stages={shown(list(config.stages))}: {stage.name} needs {needs}; "
                f"name {needs} there, too (what is finished is not trained again), or take it "
                f"from a finished model: keep=[{needs}] start_from=MODEL_FOLDER"
            )

    for name in config.keep:
        whole = stage_named(name).replaces
        if whole:
            raise ValueError(
                f"keep: the {name} is a part of the {whole}; "
                f"keep that, and leave {name} out of stages"
            )
    if config.keep and not config.start_from:
        raise ValueError(f"keep={shown(list(config.keep))} needs start_from=MODEL_FOLDER")
    for stage in all_stages():
        stage.check(config)
