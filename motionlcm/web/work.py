"""One thread that generates, a few that write files, and no more waiting than can be served soon.

Requests that wait together are generated together: a motion depends on its own seed alone, so the
batch changes nothing but the time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, TypeVar

from motionlcm.generation.pipeline import BATCH, MotionPipeline
from motionlcm.generation.request import Request
from motionlcm.generation.segments import Segment
from motionlcm.motion.motion import Motion

MOST_WAITING = 64  #: jobs that wait for the thread that generates
MOST_FILES = 64  #: jobs that wait for those that read and write files, or are with them

_FILE_THREADS = 2
_FIRST = "a person stands"  # what is generated before anybody has asked
_OF_EACH = ("prompts", "seeds", "seconds")  # fields of a request that each motion has its own of
_Result = TypeVar("_Result")


class Busy(Exception):
    """There are as many jobs as can be served soon; try again."""

    def __init__(self) -> None:
        super().__init__("busy: too many requests wait; try again in a second")


@dataclass(frozen=True)
class _Job:
    """What is to be done, and where its result goes: a request, or anything that takes no batch."""

    request: Request | None
    call: Callable[[], Any] | None
    result: Future[Any] = field(default_factory=Future)

    @property
    def kind(self) -> tuple[Any, ...] | None:
        """Equal for requests that can be one batch; None for what cannot."""
        if self.request is None:
            return None
        names = [each.name for each in fields(Request) if each.name not in _OF_EACH]
        return tuple(getattr(self.request, name) for name in names)


class Workshop:
    """Does jobs in threads of its own; close it to end them.

    Args:
        pipeline: generates; used in one thread only.
    """

    def __init__(self, pipeline: MotionPipeline) -> None:
        self.pipeline = pipeline
        self._jobs: deque[_Job] = deque()
        self._is_changed = threading.Condition()
        self._is_closed = False

        self._reader = ThreadPoolExecutor(1, thread_name_prefix="notes")
        self._files = ThreadPoolExecutor(_FILE_THREADS, thread_name_prefix="files")
        self._file_places = threading.BoundedSemaphore(MOST_FILES)
        self._opener: threading.Thread | None = None
        self._thread = threading.Thread(target=self._work, name="generate", daemon=True)
        self._thread.start()

    def warm(self) -> Future[list[Motion]]:
        """Open the networks before somebody waits for them."""
        self.notes([_FIRST])
        return self.generate(Request.of(_FIRST, seconds=1.0).resolved(self.pipeline.card))

    def open_refinement(self) -> None:
        """Begin to open what refining takes, once, in a thread beside those that answer."""
        if self._opener is None:
            self._opener = threading.Thread(
                target=self.pipeline.open_refinement, name="refinement", daemon=True
            )
            self._opener.start()

    def generate(self, request: Request) -> Future[list[Motion]]:
        """Generate a request's motions, perhaps together with those of others.

        Raises:
            Busy: too many jobs wait.
        """
        return self._enter(_Job(request, None))

    def each(self, request: Request) -> list[Callable[[], Future[list[Motion]]]]:
        """Jobs to enter that generate a request's motions one by one, which takes long."""
        return [
            partial(self.generate, request.part(index, index + 1))
            for index in range(len(request.prompts))
        ]

    def timelines(
        self, parts: Sequence[Segment], request: Request
    ) -> list[Callable[[], Future[Motion]]]:
        """Jobs to enter that generate a timeline, one for each seed of a request.

        Each is a job of its own, between which others have their turn.
        """

        def enter(one: Request) -> Future[Motion]:
            return self.call(lambda: self.pipeline.timeline(parts, one))

        return [partial(enter, request.part(i, i + 1)) for i in range(len(request.seeds))]

    def call(self, function: Callable[[], _Result]) -> Future[_Result]:
        """Call what uses the pipeline otherwise, in its thread.

        Raises:
            Busy: too many jobs wait.
        """
        return self._enter(_Job(None, function))

    def call_for_files(self, function: Callable[[], _Result]) -> Future[_Result]:
        """Call what reads, writes or draws, beside the thread that generates.

        Raises:
            Busy: too many such jobs wait.
        """
        if not self._file_places.acquire(blocking=False):
            raise Busy
        future = self._files.submit(function)
        future.add_done_callback(lambda _: self._file_places.release())
        return future

    def notes(self, prompts: Iterable[str], motions: Sequence[Motion] = ()) -> Future[list[str]]:
        """Say what of prompts is not understood, was never learned or is not shown, a line each.

        In a thread of its own: nobody waits for files because of that. ``motions``: those made for
        the prompts.
        """
        return self._reader.submit(self.pipeline.notes, tuple(dict.fromkeys(prompts)), motions)

    def close(self) -> None:
        """End the threads after what they are at; what waits is cancelled."""
        with self._is_changed:
            self._is_closed = True
            for job in self._jobs:
                job.result.cancel()
            self._jobs.clear()
            self._is_changed.notify_all()
        for threads in (self._files, self._reader):
            threads.shutdown(wait=False, cancel_futures=True)

    def _enter(self, job: _Job) -> Future[Any]:
        with self._is_changed:
            if len(self._jobs) >= MOST_WAITING or self._is_closed:
                self._jobs = deque(each for each in self._jobs if not each.result.cancelled())
            if len(self._jobs) >= MOST_WAITING or self._is_closed:
                raise Busy
            self._jobs.append(job)
            self._is_changed.notify()
        return job.result

    def _work(self) -> None:
        """Do job after job, until closed."""
        while True:
            with self._is_changed:
                while not self._jobs and not self._is_closed:
                    self._is_changed.wait()
                if self._is_closed:
                    return
                jobs = self._next_jobs()
            jobs = [job for job in jobs if job.result.set_running_or_notify_cancel()]
            if jobs:
                self._do(jobs)

    def _next_jobs(self) -> list[_Job]:
        """Take the job that has waited longest, and those that can be one batch with it."""
        first = self._jobs.popleft()
        if first.request is None:
            return [first]

        chosen, others = [first], []
        size = len(first.request.prompts)
        for job in self._jobs:
            count = len(job.request.prompts) if job.request else 0
            if job.kind == first.kind and size + count <= BATCH:
                chosen.append(job)
                size += count
            else:
                others.append(job)
        self._jobs = deque(others)
        return chosen

    def _do(self, jobs: list[_Job]) -> None:
        """Do the jobs of one batch; where it fails, each alone, so that it fails for one only."""
        try:
            results = self._results(jobs)
        except BaseException as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._do([job])
                return
            jobs[0].result.set_exception(error)
            return
        for job, result in zip(jobs, results, strict=True):
            job.result.set_result(result)

    def _results(self, jobs: list[_Job]) -> list[Any]:
        if jobs[0].request is None:
            assert jobs[0].call is not None
            return [jobs[0].call()]

        requests = [job.request for job in jobs if job.request is not None]
        whole = replace(
            requests[0],
            prompts=tuple(prompt for each in requests for prompt in each.prompts),
            seeds=tuple(seed for each in requests for seed in each.seeds),
            seconds=tuple(length for each in requests for length in each.lengths),
        )
        motions = iter(self.pipeline.generate(whole))
        return [[next(motions) for _ in each.prompts] for each in requests]
