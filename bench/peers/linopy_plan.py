"""The planner's model written with linopy and solved by highspy: what the same problem costs with the tools that are at hand.

    cargo run --release -p plan --example measure -- json 5 16 1 > programme.json
    python bench/peers/linopy_plan.py programme.json [solve] [relaxed]

Reads the instance that the measuring program writes, builds the whole model (docs/concepts/planning.md) with array operations,
hands it to HiGHS, and with `solve` solves it. Prints user seconds of each step and the most memory. The formulation follows the
synthetic programmes: no loan, no resale, no early exit, no carbon cap; expected value.
"""

import json
import resource
import sys
import time


def user():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


began = user()
import linopy  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import xarray as xr  # noqa: E402

imported = user()

HALL, GRID = (0.8, 80), (0.8, 100)


def series(values, *dims, **coordinates):
    return xr.DataArray(np.asarray(values, dtype=float), dims=dims, coords=coordinates)


class Plan:
    def __init__(self, instance):
        self.data = instance
        self.t = pd.RangeIndex(len(instance["periods"]), name="t")
        self.s = pd.RangeIndex(len(instance["scenarios"]), name="s")
        self.i = pd.RangeIndex(len(instance["sites"]), name="i")
        self.g = pd.RangeIndex(len(instance["generations"]), name="g")
        self.r = pd.RangeIndex(len(instance["regions"]), name="r")
        self.b = pd.RangeIndex(len(instance["day_of_block"]), name="b")
        self.m = linopy.Model()
        rate = instance["capital"]["discount_per_year"]
        self.delta = series((1 + rate) ** (-np.arange(len(self.t)) / 4), "t", t=self.t)
        self.end = float((1 + rate) ** (-len(self.t) / 4))
        self.p = series([s["probability"] for s in instance["scenarios"]], "s", s=self.s)
        self.shared = min(instance["here_and_now"], len(self.t))
        self.cost = 0  # present cost, millions
        self.constant = 0.0
        self.budget = 0  # spending by period, millions

    def worth(self, share, life):
        age = len(self.t) - np.arange(len(self.t))
        return series(share * np.maximum(0, 1 - age / life) * self.end, "t", t=self.t)

    def asset(self, name, sites, unit, most, lead, order, evenly, salvage, life, whole):
        """Units ready by site and period, never falling; gives the variable, and adds what it costs."""
        n, T = len(sites), len(self.t)
        index = pd.RangeIndex(n, name="a")
        ahead = np.arange(T)[None, :] >= np.asarray(lead)[:, None]
        z = self.m.add_variables(
            0, series(np.where(ahead, np.asarray(most)[:, None], 0), "a", "t", a=index, t=self.t),
            integer=whole, name=name)
        self.m.add_constraints(z.isel(t=slice(1, None)) - z.shift(t=1).isel(t=slice(1, None)) >= 0, name=f"{name}_lasting")
        # Spending of a unit that is ready at u, in period t.
        spend = np.zeros((n, T, T))
        for a in range(n):
            for u in range(int(lead[a]), T):
                spend[a, u, u - int(lead[a])] += order[a]
                if evenly[a]:
                    spend[a, u, u - int(lead[a]):u] += evenly[a] / lead[a]
        change = spend.copy()
        change[:, :-1] -= spend[:, 1:]  # as coefficients of z
        u = pd.RangeIndex(T, name="u")
        spending = (z.rename({"t": "u"}) * series(change, "a", "u", "t", a=index, u=u, t=self.t)).sum(["a", "u"])
        self.budget = self.budget + spending
        present = (spend * self.delta.values[None, None, :]).sum(2)
        present -= (np.asarray(order) + np.asarray(evenly) - self.land_in(name, n))[:, None] * self.worth(salvage, life).values
        present = np.where(ahead, present, 0)
        coefficients = present.copy()
        coefficients[:, :-1] -= present[:, 1:]
        self.cost = self.cost + (z * series(coefficients, "a", "t", a=index, t=self.t)).sum()
        return z

    def land_in(self, name, n):
        return self.land if name == "first" else np.zeros(n)


def build(instance):
    """The same model, with one array operation for each kind of row."""
    P = Plan(instance)
    m, sites, T = P.m, instance["sites"], len(P.t)
    n = len(sites)
    S = instance["scenarios"]
    # Assets: the first phase of each site, the others as one count, two tranches, two kinds of generators, solar, battery.
    P.land = np.array([s["land_musd"] for s in sites])
    phase = [s["phases"][0] for s in sites]
    mw = np.array([p["mw"] for p in phase]) / 1e3
    lead = np.array([p["lead_quarters"] for p in phase])
    shell = mw * 1e3 * np.array([p["musd_per_mw"] for p in phase])
    first = P.asset("first", range(n), mw, np.ones(n), lead, P.land, shell, *HALL, True)
    rest_count = np.array([len(s["phases"]) - 1 for s in sites], dtype=float)
    rest = P.asset("rest", range(n), mw, rest_count, lead, np.zeros(n), shell, *HALL, True)
    m.add_constraints(rest - first * series(rest_count, "a", a=pd.RangeIndex(n, name="a")) <= 0, name="order")
    grids = []
    for k in range(len(sites[0]["tranches"])):
        tranche = [s["tranches"][k] for s in sites]
        size = np.array([t["mw"] for t in tranche]) / 1e3
        z = P.asset(f"grid{k}", range(n), size, np.ones(n), [t["lead_quarters"] for t in tranche],
                    np.array([t["musd"] for t in tranche]), np.zeros(n), *GRID, True)
        grids.append((z, size))
    fleet = []
    for kind, key, unit_key in [("thermals", "thermal", True), ("renewables", "renewable", False), ("storages", "storage", False)]:
        for k, data in enumerate(instance[kind]):
            e = data["equipment"]
            unit = data["unit_mw"] if unit_key else 1e3
            most = np.array([s[kind][k]["most_mw"] for s in sites]) / unit
            z = P.asset(f"{key}{k}", range(n), unit, np.floor(most + 1e-9) if unit_key else most, [e["lead_quarters"]] * n,
                        np.full(n, unit * e["musd_per_mw"]), np.zeros(n), e["salvage"], e["life_quarters"], unit_key)
            fleet.append((kind, k, z, unit / 1e3, e))
    ai = {"a": "i"}
    first, rest = first.rename(ai), rest.rename(ai)
    grids = [(z.rename(ai), series(size, "i", i=P.i)) for z, size in grids]
    fleet = [(kind, k, z.rename(ai), unit, e) for kind, k, z, unit, e in fleet]
    MW = series(mw, "i", i=P.i)

    def delayed(expression, key):
        """An expression by site and period, as it is there in each future."""
        delay = np.array([s[key] for s in S])
        parts = [sum((expression.shift(t=int(d)) if d else expression) * series(delay[s] == d, "i", i=P.i)
                     for d in np.unique(delay[s])) for s in range(len(S))]
        return linopy.merge([1 * part for part in parts], dim="s").assign_coords(s=P.s)

    hall = delayed((first + rest) * MW, "late_halls")
    grid = delayed(sum(z * size for z, size in grids), "late_grid")
    # Systems.
    gens = instance["generations"]
    made = np.array([np.arange(T) >= g["available"] for g in gens], dtype=float)
    shape = dict(coords=[P.s, P.t, P.i, P.g])
    delivered = m.add_variables(0, xr.where(series(made, "g", "t", g=P.g, t=P.t) > 0, np.inf, 0).broadcast_like(
        xr.DataArray(np.zeros([len(x) for x in shape["coords"]]), coords=shape["coords"])), name="delivered")
    installed = m.add_variables(0, name="installed", **shape)
    active = m.add_variables(0, name="active", **shape)
    load = m.add_variables(0, coords=[P.s, P.t, P.i], name="load")
    m.add_constraints(installed - installed.shift(t=1) - delivered == 0, name="fleet")
    if len(P.s) > 1:
        here = delivered.isel(t=slice(0, P.shared))
        m.add_constraints(here.isel(s=slice(1, None)) - here.isel(s=0, drop=True) == 0, name="shared")
    m.add_constraints(installed.sum("g") - hall <= 0, name="space")
    A = series([g["availability"] for g in gens], "g", g=P.g)
    m.add_constraints(active - A * installed <= 0, name="availability")
    m.add_constraints(active.sum("g") - load == 0, name="load_of")
    peak = series([s["peak_pue"] for s in sites], "i", i=P.i)
    firm = {"thermals": lambda k: 1 - sites[0]["reserve"], "renewables": lambda k: instance["renewables"][k]["firm"],
            "storages": lambda k: instance["storages"][k]["firm"]}
    backing = grid + sum(z * (unit * firm[kind](k)) for kind, k, z, unit, _ in fleet)
    m.add_constraints(peak * installed.sum("g") - backing <= 0, name="firm")
    # Compute.
    lanes = [(d, lane["region"], lane["musd_per_unit_year"]) for d, demand in enumerate(instance["demands"]) for lane in demand["served_from"]]
    L = pd.RangeIndex(len(lanes), name="l")
    served = m.add_variables(0, coords=[P.s, P.t, L], name="served")
    Q = pd.RangeIndex(len(instance["purchases"]), name="q")
    bought = m.add_variables(0, coords=[P.s, P.t, Q], name="bought")
    paid = m.add_variables(0, coords=[P.s, P.t, Q], name="paid")
    units = series([g["units_per_mw"] for g in gens], "g", g=P.g)
    taken = series([np.sum(s["right_share"], axis=0) for s in S], "s", "t", s=P.s, t=P.t)
    own = (active * units * (1 - taken)).sum("g")
    region = np.array([s["region"] for s in sites])
    of_lane = series([[r == lane[1] for lane in lanes] for r in P.r], "r", "l", r=P.r, l=L)
    of_site = series([[r == region[i] for i in P.i] for r in P.r], "r", "i", r=P.r, i=P.i)
    of_buy = series([[r == q["region"] for q in instance["purchases"]] for r in P.r], "r", "q", r=P.r, q=Q)
    m.add_constraints((served * of_lane).sum("l") - (bought * of_buy).sum("q") - (own * of_site).sum("i") <= 0, name="compute")
    D = pd.RangeIndex(len(instance["demands"]), name="d")
    of_demand = series([[d == lane[0] for lane in lanes] for d in D], "d", "l", d=D, l=L)
    wanted = series([s["demand_units"] for s in S], "s", "d", "t", s=P.s, d=D, t=P.t) / 1e3
    m.add_constraints((served * of_demand).sum("l") <= wanted, name="demand")
    price = series([q["musd_per_unit_year"] for q in instance["purchases"]], "q", "t", q=Q, t=P.t) * 1e3 / 4
    m.add_constraints(price * bought - paid <= 0, name="price")
    m.add_constraints(paid >= series([q["commitment_musd"] for q in instance["purchases"]], "q", "t", q=Q, t=P.t), name="commitment")
    m.add_constraints(bought <= series([q["most_units"] for q in instance["purchases"]], "q", "t", q=Q, t=P.t) / 1e3, name="offer")
    # Makers, labour, transformers.
    supply = series([g["supply_mw"] for g in gens], "g", "t", g=P.g, t=P.t) / 1e3
    m.add_constraints(delivered.sum("i") <= supply, name="supply")
    for kind, k, z, unit, _ in fleet:
        if kind == "thermals":
            m.add_constraints((z * unit).sum("i") <= series(instance["thermals"][k]["supply_mw"], "t", t=P.t) / 1e3, name=f"made{k}")
    m.add_constraints(sum(z * size for z, size in grids).sum("i") <= series(instance["transformers_mw"], "t", t=P.t) / 1e3, name="transformers")
    both = (first + rest) * MW
    ahead = sum((both.isel(t=np.minimum(np.arange(T) + l, T - 1)).assign_coords(t=P.t) - both) * series(lead == l, "i", i=P.i) for l in np.unique(lead))
    labour = series([r["labour_mw"] for r in instance["regions"]], "r", "t", r=P.r, t=P.t) / 1e3
    m.add_constraints((ahead * of_site).sum("i") <= labour, name="labour")
    # Money.
    cost_g = series([g["musd_per_mw"] for g in gens], "g", "t", g=P.g, t=P.t) * 1e3
    carry = m.add_variables(0, coords=[P.s, P.t], name="carry")
    spent = (delivered * cost_g).sum(["i", "g"]) + P.budget
    m.add_constraints(carry - carry.shift(t=1) + spent / 1e3 == series(instance["capital"]["budget_musd"], "t", t=P.t) / 1e3, name="capital")
    salvage = series([g["salvage"] * np.maximum(0, 1 - (T - np.arange(T)) / min(g["worth_quarters"], g["life_quarters"])) * P.end for g in gens], "g", "t", g=P.g, t=P.t)
    cost = P.cost + (delivered * (cost_g * (P.delta - salvage) * P.p)).sum()
    weight = P.delta * P.p
    upkeep = series([g["upkeep"] * g["musd_per_mw"][0] * 1e3 / 4 for g in gens], "g", g=P.g)
    cost += (installed * (upkeep * weight)).sum()
    halls = hall * series([s["operations_musd_per_mw_year"] for s in sites], "i", i=P.i)
    cost += (halls * (weight * 1e3 / 4)).sum()
    for _, _, z, unit, e in fleet:
        cost += (z * (P.delta * unit * 1e3 * e["upkeep_musd_per_mw_year"] / 4)).sum()
    cost += (paid * weight).sum()
    revenue = series([s["revenue"] for s in S], "s", s=P.s)
    lane_price = series([instance["demands"][d]["musd_per_unit_year"] for d, _, _ in lanes], "l", "t", l=L, t=P.t)
    damages = series([instance["demands"][d]["damages_musd_per_unit_year"] for d, _, _ in lanes], "l", l=L)
    carriage = series([c for _, _, c in lanes], "l", l=L)
    cost += (served * ((carriage - damages - lane_price * revenue) * weight * 1e3 / 4)).sum()
    rights = sum(series(right["musd_per_unit_year"], "t", t=P.t) * series([s["right_share"][k] for s in S], "s", "t", s=P.s, t=P.t)
                 for k, right in enumerate(instance["rights"]))
    cost += (active * (-units * rights * revenue * weight * 1e3 / 4)).sum()
    all_damages = series([d["damages_musd_per_unit_year"] for d in instance["demands"]], "d", d=D)
    P.constant = float((wanted * all_damages * weight * 1e3 / 4).sum())
    P.cost = cost + operation(P, load, grid, fleet)
    m.add_objective(P.cost)
    return P


def operation(P, load, grid, fleet):
    """Dispatch of every site, period, scenario and block; gives its present cost."""
    m, instance, sites = P.m, P.data, P.data["sites"]
    full = dict(coords=[P.s, P.t, P.i, P.b])
    profile = lambda key: series([[site["profiles"][site["profile"][t]][key] for t in P.t] for site in sites], "i", "t", "b", i=P.i, t=P.t, b=P.b)  # noqa: E731
    hours, pue, price, carbon = (profile(key) for key in ["hours", "pue", "usd_per_mwh", "carbon_t_per_mwh"])
    names = ["import", "curtailed", "shed"]
    flow = {name: m.add_variables(0, name=name, **full) for name in names}
    peak = m.add_variables(0, coords=[P.s, P.t, P.i], name="peak")
    m.add_constraints(peak - grid <= 0, name="peak_most")
    take = series([s["take_or_pay"] for s in sites], "i", i=P.i)
    m.add_constraints(peak - grid * take >= 0, name="peak_least")
    m.add_constraints(flow["import"] - peak <= 0, name="import_most")
    supply = flow["import"] + flow["curtailed"] + flow["shed"]
    weight = P.delta * P.p
    per_t = instance["carbon"]["usd_per_t"]
    site = lambda key: series([s[key] for s in sites], "i", i=P.i)  # noqa: E731
    factor = series([s["grid_price"] for s in instance["scenarios"]], "s", s=P.s)
    rising = series([s["grid_price"] for s in sites], "i", "t", i=P.i, t=P.t)
    cost = (flow["import"] * ((price * factor * rising + per_t * carbon) * hours * weight / 1e3)).sum()
    cost += (flow["curtailed"] * (site("curtailment_usd_per_mwh") * hours * weight / 1e3)).sum()
    cost += (flow["shed"] * (site("shedding_usd_per_mwh") * hours * weight / 1e3)).sum()
    cost += (peak * (site("demand_charge_usd_per_kw_month") * 3 * weight)).sum()
    m.add_constraints(flow["curtailed"] - load * (pue * site("curtailable")) <= 0, name="curtailed_most")
    fuel = series([s["fuel_price"] for s in instance["scenarios"]], "s", s=P.s)
    for kind, k, z, unit, _ in fleet:
        if kind == "thermals":
            data = instance["thermals"][k]
            x = m.add_variables(0, name=f"thermal{k}_flow", **full)
            m.add_constraints(x - z * unit <= 0, name=f"thermal{k}_most")
            here = series([s["thermals"][k]["fuel_usd_per_mmbtu"] for s in sites], "i", i=P.i)
            usd = here * data["mmbtu_per_mwh"] * fuel + data["usd_per_mwh"] + per_t * data["carbon_t_per_mwh"]
            cost += (x * (usd * hours * weight / 1e3)).sum()
            supply = supply + x
        elif kind == "renewables":
            x = m.add_variables(0, name=f"renewable{k}_flow", **full)
            output = series([[s["profiles"][s["profile"][t]]["renewable"][k] for t in P.t] for s in sites], "i", "t", "b", i=P.i, t=P.t, b=P.b)
            m.add_constraints(x - z * unit * output <= 0, name=f"renewable{k}_most")
            supply = supply + x
        else:
            data = instance["storages"][k]
            charge, discharge, stored = (m.add_variables(0, name=f"storage{k}_{word}", **full) for word in ["charge", "discharge", "stored"])
            for word, x, size in [("charge", charge, 1), ("discharge", discharge, 1), ("stored", stored, data["hours"])]:
                m.add_constraints(x - z * (unit * size) <= 0, name=f"storage{k}_{word}_most")
            day = np.asarray(instance["day_of_block"])
            before = [b - 1 if b and day[b - 1] == day[b] else max(c for c in range(len(day)) if day[c] == day[b]) for b in range(len(day))]
            step, one_way = instance["block_hours"], data["efficiency"]
            then = stored.isel(b=before).assign_coords(b=P.b)
            m.add_constraints(stored - then - charge * (step * one_way) + discharge * (step / one_way) == 0, name=f"storage{k}_book")
            supply = supply + discharge - charge
    m.add_constraints(supply - load * pue == 0, name="balance")
    return cost


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        instance = json.load(file)
    start, wall = user(), time.perf_counter()
    plan = build(instance)
    built, built_wall = user(), time.perf_counter()
    if "relaxed" in sys.argv:
        for name in list(plan.m.variables.integers):
            plan.m.variables[name].attrs["integer"] = False
    highs = plan.m.to_highspy() if hasattr(plan.m, "to_highspy") else linopy.io.to_highspy(plan.m)
    handed, handed_wall = user(), time.perf_counter()
    lp = highs.getLp()
    print(f"{lp.num_col_} columns, {lp.num_row_} rows, {len(lp.a_matrix_.value_)} non-zeros")
    print(f"import {imported - began:.3f}, build {built - start:.3f}, hand over {handed - built:.3f} user s;"
          f" {built_wall - wall:.3f} and {handed_wall - built_wall:.3f} s by the wall")
    if "solve" in sys.argv:
        for option, value in [("threads", 1), ("output_flag", False), ("mip_rel_gap", 1e-6 if "relaxed" in sys.argv else 1e-3)]:
            highs.setOptionValue(option, value)
        highs.run()
        print(f"objective {highs.getInfo().objective_function_value + plan.constant:.6f}, solve {user() - handed:.2f} user s, {highs.modelStatusToString(highs.getModelStatus())}")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB at most")


main()
