"""How routes wait for the workshop: not for ever, and not for whoever has hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from motionlcm.generation.request import Request
from motionlcm.generation.segments import Segment
from motionlcm.motion.motion import Motion
from motionlcm.web.guard import Refusal
from motionlcm.web.work import Busy, Workshop

LONGEST_ANSWER = 120.0  #: seconds that a job may wait and be worked at

Result = TypeVar("Result")


async def wait(enter: Callable[[], Future[Result]]) -> Result:
    """Give a job to the workshop and wait for it; where the waiting ends, the job is cancelled.

    Raises:
        Refusal: the workshop is busy, or the job takes too long.
    """
    try:
        future = enter()
    except Busy as error:
        raise Refusal(503, str(error)) from None
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), LONGEST_ANSWER)
    except TimeoutError:
        raise Refusal(
            504, f"not done within {LONGEST_ANSWER:g} seconds; ask for less, or try again"
        ) from None


async def wait_for_all(enters: Sequence[Callable[[], Future[Result]]]) -> list[Result]:
    """Give several jobs to the workshop and wait for all; where one fails, all are cancelled.

    Raises:
        Refusal: as for ``wait``.
    """
    tasks = [asyncio.ensure_future(wait(enter)) for enter in enters]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def generated(
    workshop: Workshop, request: Request, parts: Sequence[Segment] = ()
) -> list[Motion]:
    """Generate a request's motions, or a timeline's; what takes long lets others have their turn.

    Args:
        workshop: does the work.
        request: resolved; of a timeline all but its prompts counts.
        parts: of the timeline.
    Raises:
        Refusal: as for ``wait``.
        ValueError: what the pipeline refuses.
    """
    if parts:
        return await wait_for_all(workshop.timelines(parts, request))
    if request.constraints or request.use_teacher:
        return [motion for (motion,) in await wait_for_all(workshop.each(request))]
    return await wait(lambda: workshop.generate(request))
