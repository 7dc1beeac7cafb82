"""One cluster of nodes as a plain SimPy model: FCFS and EASY backfill (Lifka 1995) over nodes.

A job of at most a node's size takes one node, best fit; a larger one takes whole nodes and one remainder. At one
instant everything ends and is submitted first, then the queue is served once. The reservation of the head of the
queue is the earliest requested end at which the nodes have room for it; a job behind it may start if it ends by
then or leaves that room free.
"""

import argparse
import json
import time

import simpy

from workloads import answer, philly


class Cluster:
    def __init__(self, env, sizes, easy, depth):
        self.env, self.sizes, self.easy, self.depth = env, sizes, easy, depth
        self.free = list(sizes)
        self.whole = max(sizes)
        self.queue = []
        self.running = {}
        self.waking = False

    def one_node(self, free, gpus):
        """The node with the least room that is enough; the first of equals."""
        best = None
        for node, room in enumerate(free):
            if room >= gpus and (best is None or room < free[best]):
                best = node
                if room == gpus:
                    break
        return best

    def place(self, free, gpus):
        """Takes the room out of `free` and returns [(node, gpus)], or None if there is not enough."""
        count, rest = (0, gpus) if gpus <= self.whole else divmod(gpus, self.whole)
        nodes = []
        if count:
            nodes = [node for node, room in enumerate(free) if room == self.whole][:count]
            if len(nodes) < count:
                return None
        taken = [(node, self.whole) for node in nodes]
        for node in nodes:
            free[node] = 0
        if rest:
            node = self.one_node(free, rest)
            if node is None:
                for node in nodes:
                    free[node] = self.whole
                return None
            free[node] -= rest
            taken.append((node, rest))
        return taken

    def give_back(self, free, taken):
        for node, gpus in taken:
            free[node] += gpus

    def fits(self, free, gpus):
        taken = self.place(free, gpus)
        if taken is not None:
            self.give_back(free, taken)
        return taken is not None

    def submit(self, job, started):
        self.queue.append((job, started))
        self.wake()

    def end(self, job):
        self.give_back(self.free, self.running.pop(job.number)[1])
        self.wake()

    def wake(self):
        """Serves the queue once, after everything else of this instant."""
        if not self.waking:
            self.waking = True
            last = simpy.Event(self.env)
            last._ok, last._value = True, None
            last.callbacks.append(self.serve)
            self.env.schedule(last, priority=2)

    def start(self, index, taken):
        job, started = self.queue.pop(index)
        self.running[job.number] = (self.env.now + job.runtime, taken)
        started.succeed()

    def serve(self, _):
        self.waking = False
        while self.queue:
            taken = self.place(self.free, self.queue[0][0].gpus)
            if taken is None:
                break
            self.start(0, taken)
        if self.easy and len(self.queue) > 1:
            self.backfill()

    def backfill(self):
        head = self.queue[0][0].gpus
        future, shadow = list(self.free), None
        for end, taken in sorted(self.running.values(), key=lambda run: run[0]):
            if shadow is not None and end > shadow:
                break
            self.give_back(future, taken)
            if shadow is None and self.fits(future, head):
                shadow = end
        index, looked_at = 1, 0
        most = max(self.free)
        while index < len(self.queue) and looked_at < self.depth and most > 0:
            job = self.queue[index][0]
            looked_at += 1
            taken = self.place(self.free, job.gpus) if job.gpus <= most or job.gpus > self.whole else None
            if taken is None:
                index += 1
                continue
            if self.env.now + job.runtime > shadow:
                for node, gpus in taken:
                    future[node] -= gpus
                if not self.fits(future, head):
                    self.give_back(future, taken)
                    self.give_back(self.free, taken)
                    index += 1
                    continue
            self.start(index, taken)
            most = max(self.free)


def run_job(env, cluster, job, waits):
    started = env.event()
    cluster.submit(job, started)
    yield started
    waits.append(env.now - job.submit)
    yield env.timeout(job.runtime)
    cluster.end(job)


def source(env, cluster, jobs, waits):
    for job in jobs:
        if job.submit > env.now:
            yield env.timeout(job.submit - env.now)
        env.process(run_job(env, cluster, job, waits))


def simulate(jobs, sizes, easy, depth):
    env = simpy.Environment(initial_time=0)
    cluster, waits = Cluster(env, sizes, easy, depth), []
    env.process(source(env, cluster, jobs, waits))
    env.run()
    return waits, env.now


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", help="philly.csv.gz")
    parser.add_argument("--nodes", default="311x8,1x2", help="how many nodes of how many accelerators")
    parser.add_argument("--queue", choices=["fcfs", "easy"], default="fcfs")
    parser.add_argument("--depth", type=int, default=1 << 60, help="queued jobs looked at behind the head")
    parser.add_argument("--speed-up", type=int, default=1, help="divides the time between submissions")
    parser.add_argument("--first", type=int, default=None, help="only so many jobs")
    args = parser.parse_args()
    sizes = [int(g) for part in args.nodes.split(",") for n, g in [part.split("x")] for _ in range(int(n))]
    jobs = philly(args.trace, args.speed_up)[: args.first]
    begin = time.process_time()
    waits, end = simulate(jobs, sizes, args.queue == "easy", args.depth)
    print(json.dumps(answer(waits, time.process_time() - begin, end_ns=end)))


if __name__ == "__main__":
    main()
