"""Capacity expansion of one site, and of three that share a load, over a year of hours, written with PyPSA.

    python bench/peers/pypsa_expansion.py            prints the objectives that crates/plan/tests/peers.rs keeps
    python bench/peers/pypsa_expansion.py "one site"

The series come from closed formulas, so that both sides have the same to the last bit but one: no file is read. Prices are those
of a year; the load is constant in IT power and follows the weather through the power usage effectiveness. In the case of three
sites a link of constant flow carries compute from each site to the users: where the load stands is part of the answer.
"""

import logging
import math
import sys

import pandas as pd
import pypsa

HOURS = 8760
# M$/MW: capital of the year; MW limits; grid; gas as fuel plus other costs in $/MWh of electricity.
SOLAR, BATTERY, GAS, SHED = 0.055, 0.065, 0.11, 9000.0
SITES = [
    # latitude-like phase, solar quality, grid level $/MWh, grid MW, gas $/MWh, most solar, most battery, most gas
    ("west", 0.0, 1.00, 52.0, 160.0, 38.0, 400.0, 150.0, 200.0),
    ("middle", 1.3, 0.85, 47.0, 120.0, 44.0, 300.0, 150.0, 120.0),
    ("east", 2.1, 0.70, 61.0, 200.0, 35.0, 250.0, 100.0, 300.0),
]
EFFICIENCY, STORE_HOURS = 0.92, 4.0


def series(phase, quality, level):
    """PUE, price and sun of each hour."""
    pue, price, sun = [], [], []
    for h in range(HOURS):
        day, hour = h // 24, h % 24
        year = math.cos(2 * math.pi * (day - 196) / 365)
        noon = math.sin(math.pi * (hour - 6) / 12)
        cloud = 0.75 + 0.25 * math.sin(0.7 * day + phase)
        sun.append(max(0.0, noon) * quality * (0.7 + 0.25 * year) * cloud)
        pue.append(1.15 + 0.06 * year + 0.05 * max(0.0, noon))
        price.append(level * (1.0 + 0.35 * math.sin(2 * math.pi * (hour - 13) / 24) + 0.2 * math.sin(0.31 * day + phase)))
    return pue, price, sun


def network(sites, load):
    """One bus for each site; compute on a bus of its own, from which each site may take a constant share."""
    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(HOURS))
    n.add("Bus", "compute")
    n.add("Generator", "users", bus="compute", p_nom=load, p_min_pu=1.0, p_max_pu=1.0)
    for name, phase, quality, level, grid, gas, solar_most, battery_most, gas_most in sites:
        pue, price, sun = (pd.Series(x, index=n.snapshots) for x in series(phase, quality, level))
        n.add("Bus", name)
        n.add("Link", f"{name} load", bus0="compute", bus1=name, p_nom_extendable=True, p_nom_max=load,
              p_min_pu=1.0, p_max_pu=1.0, efficiency=-pue)
        n.add("Generator", f"{name} grid", bus=name, p_nom=grid, marginal_cost=price)
        n.add("Generator", f"{name} gas", bus=name, p_nom_extendable=True, p_nom_max=gas_most, capital_cost=GAS * 1e6, marginal_cost=gas)
        n.add("Generator", f"{name} solar", bus=name, p_nom_extendable=True, p_nom_max=solar_most, capital_cost=SOLAR * 1e6, p_max_pu=sun)
        n.add("StorageUnit", f"{name} battery", bus=name, p_nom_extendable=True, p_nom_max=battery_most, capital_cost=BATTERY * 1e6,
              max_hours=STORE_HOURS, efficiency_store=EFFICIENCY, efficiency_dispatch=EFFICIENCY, cyclic_state_of_charge=True)
        n.add("Generator", f"{name} shed", bus=name, p_nom=1e4, marginal_cost=SHED)
    return n


def main():
    logging.disable(logging.WARNING)
    for case, sites, load in [("one site", SITES[:1], 180.0), ("three sites", SITES, 420.0)]:
        if len(sys.argv) > 1 and sys.argv[1] != case:
            continue
        n = network(sites, load)
        n.optimize(solver_name="highs", solver_options={"output_flag": False, "threads": 1, "primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9})
        built = [n.generators.p_nom_opt[n.generators.p_nom_extendable], n.storage_units.p_nom_opt, n.links.p_nom_opt]
        built = {name: round(float(mw), 3) for name, mw in pd.concat(built).items()}
        print(case, f"{n.objective / 1e6:.9f}", built)


main()
