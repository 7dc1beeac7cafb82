"""Four sites of 320 accelerators, counted and not placed, with `heapq`: FCFS and EASY, runtimes known.

A job goes to the site with the fewest accelerators asked for (held and queued), the first of equals. At one instant
everything ends and is submitted first, then each site serves its queue once.
"""

import argparse
import heapq
import json
import time

from workloads import answer, openb


class Site:
    def __init__(self, gpus):
        self.free, self.asked, self.queue, self.running, self.touched = gpus, 0, [], [], False

    def serve(self, now, easy, depth, start):
        begun = 0
        while begun < len(self.queue) and self.queue[begun].gpus <= self.free:
            start(self, self.queue[begun])
            begun += 1
        del self.queue[:begun]
        if not easy or len(self.queue) < 2 or self.free == 0:
            return
        room, shadow, spare = self.free, None, 0
        for end, gpus in sorted(self.running):
            if shadow is not None and end > shadow:
                break
            room += gpus
            if room >= self.queue[0].gpus:
                shadow, spare = end, room - self.queue[0].gpus
        kept = self.queue[:1]
        for position, job in enumerate(self.queue[1:], 1):
            if position > depth or self.free == 0:
                kept += self.queue[position:]
                break
            short = now + job.runtime <= shadow
            if job.gpus <= self.free and (short or job.gpus <= spare):
                spare -= 0 if short else job.gpus
                start(self, job)
            else:
                kept.append(job)
        self.queue = kept


def simulate(jobs, sites, gpus, easy, depth):
    sites = [Site(gpus) for _ in range(sites)]
    ends, waits, coming, now = [], [], 0, 0

    def start(site, job):
        waits.append(now - job.submit)
        site.free -= job.gpus
        run = (now + job.runtime, job.gpus)
        site.running.append(run)
        heapq.heappush(ends, (run[0], job.number, site, run))

    while ends or coming < len(jobs):
        now = min(ends[0][0] if ends else 1 << 80, jobs[coming].submit if coming < len(jobs) else 1 << 80)
        while ends and ends[0][0] == now:
            _, _, site, run = heapq.heappop(ends)
            site.running.remove(run)
            site.free += run[1]
            site.asked -= run[1]
            site.touched = True
        while coming < len(jobs) and jobs[coming].submit == now:
            site = min(sites, key=lambda site: site.asked)
            site.asked += jobs[coming].gpus
            site.queue.append(jobs[coming])
            site.touched = True
            coming += 1
        for site in sites:
            if site.touched:
                site.serve(now, easy, depth, start)
                site.touched = False
    return waits, now


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", help="openb_pod_list_default.csv.gz")
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--gpus", type=int, default=320, help="accelerators of each site")
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--percent", type=int, default=28, help="of the time between submissions")
    parser.add_argument("--queue", choices=["fcfs", "easy"], default="easy")
    parser.add_argument("--depth", type=int, default=1 << 60, help="queued jobs looked at behind the head")
    args = parser.parse_args()
    jobs = openb(args.trace, args.copies, args.percent)
    begin = time.process_time()
    waits, end = simulate(jobs, args.sites, args.gpus, args.queue == "easy", args.depth)
    print(json.dumps(answer(waits, time.process_time() - begin, end_ns=end)))


if __name__ == "__main__":
    main()
