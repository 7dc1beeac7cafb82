"""M/M/c as a plain SimPy model: how long customers wait, in service times, against Erlang C."""

import argparse
import json
import math
import random
import time

import simpy


def erlang_c(servers, offered):
    """Probability of waiting (Erlang 1917), by the stable recursion of Erlang B."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = offered * blocked / (k + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def customer(env, counter, service, waits):
    came = env.now
    with counter.request() as turn:
        yield turn
        waits.append(env.now - came)
        yield env.timeout(service)


def source(env, counter, rate, customers, draw, waits):
    for _ in range(customers):
        yield env.timeout(draw.expovariate(rate))
        env.process(customer(env, counter, draw.expovariate(1.0), waits))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=100)
    parser.add_argument("--load", type=float, default=0.95)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begin = time.process_time()
    env, waits = simpy.Environment(), []
    counter = simpy.Resource(env, args.servers)
    rate = args.servers * args.load
    env.process(source(env, counter, rate, args.customers, random.Random(args.seed), waits))
    env.run()
    expected = erlang_c(args.servers, rate) / (args.servers - rate)
    cpu_s = time.process_time() - begin
    print(json.dumps({"mean_wait": math.fsum(waits) / len(waits), "erlang_c": expected, "cpu_s": round(cpu_s, 3)}))


if __name__ == "__main__":
    main()
