"""The traces as lists of jobs, for every model of this folder. Times are integers of nanoseconds."""

import csv
import gzip
from datetime import datetime
from typing import NamedTuple

SECOND = 1_000_000_000


class Job(NamedTuple):
    """`gpus` whole accelerators for `runtime`; the scheduler is told the runtime."""

    number: int
    submit: int
    runtime: int
    gpus: int


def rows(path):
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def numbered(jobs):
    """Sorts by submission (equal times keep the order of the list) and counts from the first submission."""
    jobs = sorted(jobs, key=lambda job: job[0])
    first = jobs[0][0]
    return [Job(number, submit - first, runtime, gpus) for number, (submit, runtime, gpus) in enumerate(jobs)]


def philly(path, speed_up=1):
    """Every row of the trace; `speed_up` divides the time between submissions."""
    epoch = datetime(2017, 1, 1)
    jobs = []
    for row in rows(path):
        seconds = int((datetime.fromisoformat(row["timestamp"]) - epoch).total_seconds())
        jobs.append((seconds, int(float(row["duration"])) * SECOND, int(row["num_gpus"])))
    first = min(seconds for seconds, _, _ in jobs)
    return numbered([((s - first) * SECOND // speed_up, runtime, gpus) for s, runtime, gpus in jobs])


def openb(path, copies, percent):
    """The pods with an accelerator that were created from day 112 on and lived for a second at least: 7,043.

    A pod runs from when it was scheduled (created, if it never was) to its deletion. A share of an accelerator counts
    as a whole one. Each pod is there `copies` times at the same instant; the time between submissions is multiplied by
    `percent` / 100.
    """
    jobs = []
    for row in rows(path):
        created, deleted = int(float(row["creation_time"])), int(float(row["deletion_time"]))
        began = int(float(row["scheduled_time"] or created))
        if int(row["num_gpu"]) > 0 and created >= 112 * 86_400 and deleted > began:
            submit = (created - 112 * 86_400) * SECOND * percent // 100
            jobs += [(submit, (deleted - began) * SECOND, int(row["num_gpu"]))] * copies
    return numbered(jobs)


def answer(waits, cpu_s, **more):
    """What every model prints: the waits are integers, so that their sum can be compared to the last digit."""
    ordered = sorted(waits)
    return {
        "jobs": len(waits),
        "wait_sum_ns": str(sum(waits)),
        "mean_wait_s": sum(waits) / len(waits) / SECOND,
        "p99_wait_s": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] / SECOND,
        "cpu_s": round(cpu_s, 3),
        **more,
    }
