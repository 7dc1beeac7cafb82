//! Bounds, wholeness and costs of the columns.

use crate::asset::GIGA;
use crate::instance::{Objective, Risk};
use crate::model::{FREE, Model, risk_weights};
use crate::terms::Frame;

impl Model<'_> {
    /// Bounds and wholeness of all columns.
    pub(crate) fn bounds(&mut self) {
        let (frame, columns) = (&self.frame, &mut self.problem.columns);
        let (instance, layout) = (frame.instance, &frame.layout);
        for (a, asset) in frame.assets.iter().enumerate() {
            for t in 0..layout.periods {
                let column = layout.built(a, t);
                (columns.lower[column], columns.upper[column]) = asset.bounds(t);
                columns.integer[column] = asset.whole && asset.first <= t;
            }
        }
        for (p, purchase) in instance.purchases.iter().enumerate() {
            for t in 0..layout.periods {
                let column = layout.exit(p, t);
                let open = purchase.exit.as_ref().is_some_and(|exit| t >= exit.from);
                columns.upper[column] = if open { 1.0 } else { 0.0 };
                columns.integer[column] = open;
            }
        }
        for s in 0..layout.scenarios {
            for (k, switch) in layout.banks.switches.iter().enumerate() {
                let column = layout.switch(s, k);
                (columns.upper[column], columns.integer[column]) = (1.0, true);
                // What comes back at the end of a true-up can be more than what its last period costs.
                columns.lower[layout.paid(s, switch.group.end - 1, switch.purchase)] = f64::NEG_INFINITY;
            }
        }
        for t in 0..layout.periods {
            if let Some(column) = layout.owes(t) {
                (columns.upper[column], columns.integer[column]) = (1.0, true);
            }
        }
        let limit = instance.capital.debt.as_ref().map_or(0.0, |debt| debt.limit_musd / GIGA);
        for t in 0..layout.periods {
            columns.upper[layout.draw(t)] = limit;
        }
        for (s, t) in layout.slots() {
            for (g, generation) in instance.generations.iter().enumerate() {
                for i in 0..layout.pools {
                    if t < generation.available {
                        columns.upper[layout.delivered(s, t, i, g)] = 0.0;
                    }
                    if let Some(column) = layout.sold(s, t, i, g)
                        && generation.resale_musd_per_mw.is_none()
                    {
                        columns.upper[column] = 0.0;
                    }
                }
            }
        }
        (columns.lower[layout.level()], columns.upper[layout.level()]) = match instance.risk {
            Risk::Expected => (0.0, 0.0),
            _ => FREE,
        };
        for s in 0..layout.scenarios {
            let excess = matches!(instance.risk, Risk::ConditionalValueAtRisk { .. });
            columns.upper[layout.excess(s)] = if excess { f64::INFINITY } else { 0.0 };
            for t in 0..layout.periods {
                for i in 0..layout.sites {
                    if let Some(column) = layout.cost(s, t, i) {
                        let least = frame.cells[frame.cell_of[layout.cell(s, t, i)]].never_below_zero();
                        columns.lower[column] = if least { 0.0 } else { f64::NEG_INFINITY };
                        columns.upper[column] = if frame.counts_money() { f64::INFINITY } else { 0.0 };
                    }
                }
            }
        }
        if !frame.counts_money() {
            self.nothing_shed();
        }
    }

    /// Where money does not count, load must be served: nothing is shed or let go.
    fn nothing_shed(&mut self) {
        let layout = &self.frame.layout;
        for s in 0..layout.scenarios {
            for t in 0..layout.periods {
                for i in 0..layout.sites {
                    let Some(first) = layout.flows(s, t, i) else { continue };
                    let cell = &self.frame.cells[self.frame.cell_of[layout.cell(s, t, i)]];
                    for j in cell.lost() {
                        self.problem.columns.upper[first + j] = 0.0;
                    }
                }
            }
        }
    }

    /// Costs of the columns: millions of dollars, or what else is sought.
    pub(crate) fn objective(&mut self) {
        let (frame, problem) = (&self.frame, &mut self.problem);
        let instance = frame.instance;
        let costs = &mut problem.columns.cost;
        let expected = |frame: &Frame, costs: &mut Vec<f64>, sign: f64, what: Objective| {
            for (s, scenario) in instance.scenarios.iter().enumerate() {
                let mut add =
                    |column: usize, value: f64| costs[column] += sign * scenario.probability * value;
                match what {
                    Objective::MostTokens => frame.tokens(s, &mut add),
                    Objective::LeastCarbon => frame.carbon(s, &mut add),
                    _ => frame.recourse(s, &mut add),
                }
            }
        };
        match instance.objective {
            Objective::MostTokens => expected(frame, costs, -1.0, Objective::MostTokens),
            Objective::LeastCarbon => expected(frame, costs, 1.0, Objective::LeastCarbon),
            money => {
                frame.investment(&mut |column, value| costs[column] += value);
                let (mean, level, excess) = risk_weights(instance.risk);
                if mean > 0.0 {
                    expected(frame, costs, mean, money);
                }
                costs[frame.layout.level()] += level * GIGA;
                for (s, scenario) in instance.scenarios.iter().enumerate() {
                    costs[frame.layout.excess(s)] += excess * scenario.probability * GIGA;
                    problem.offset += mean * scenario.probability * frame.recourse_constant(s);
                }
            }
        }
    }
}
