//! The power chain: losses of converters, rectifiers and transformers between the meter and the chips.

use base::Power;
use serde::{Deserialize, Serialize};

/// A converter: a fixed loss in front of an efficiency, `input = (output + loss) / efficiency`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Converter {
    /// Loss at no load, on the side of the load.
    pub loss: Power,
    /// Efficiency of the rest, above 0 and at most 1.
    pub efficiency: f64,
}

impl Converter {
    /// A converter without loss.
    pub const IDEAL: Converter = Converter { loss: Power::ZERO, efficiency: 1.0 };

    /// What it draws to give this output.
    pub fn input(self, output: Power) -> Power {
        (output + self.loss) / self.efficiency
    }

    /// What it loses on the way.
    pub fn losses(self, output: Power) -> Power {
        self.input(output) - output
    }
}

/// A machine of equal nodes: nodes in chassis behind shared rectifiers, chassis in racks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// What a node's parts draw when idle.
    pub node_idle: Power,
    /// What they draw at full load.
    pub node_peak: Power,
    /// The converter of each node.
    pub node_converter: Converter,
    /// Nodes in a chassis.
    pub nodes_per_chassis: u32,
    /// Draw of a chassis beside its nodes (switches), always.
    pub chassis_fixed: Power,
    /// Rectifiers that share the load of a chassis equally.
    pub rectifiers: u32,
    /// Each rectifier.
    pub rectifier: Converter,
    /// Chassis in the machine.
    pub chassis: u32,
    /// Draw of the machine beside its chassis (cooling distribution units), always.
    pub fixed: Power,
}

impl Machine {
    /// Frontier at Oak Ridge, with the constants published in the configuration of ExaDigiT/RAPS: nodes of one CPU (90 to
    /// 280 W), four GPUs (88 to 560 W each), memory 74.26 W, four NICs of 20 W and 30 W of NVMe; a node converter with a
    /// loss of 13 W and 98 %; chassis of 16 nodes and four switches of 250 W on four rectifiers, each with a loss of 17 W
    /// and 96 %; 8 chassis in each of 74 racks; 25 cooling distribution units of 8,473.47 W.
    pub fn frontier() -> Machine {
        let watts = Power::from_watts;
        let others = 74.26 + 4.0 * 20.0 + 30.0;
        Machine {
            node_idle: watts(90.0 + 4.0 * 88.0 + others),
            node_peak: watts(280.0 + 4.0 * 560.0 + others),
            node_converter: Converter { loss: watts(13.0), efficiency: 0.98 },
            nodes_per_chassis: 16,
            chassis_fixed: watts(4.0 * 250.0),
            rectifiers: 4,
            rectifier: Converter { loss: watts(17.0), efficiency: 0.96 },
            chassis: 74 * 8,
            fixed: watts(25.0 * 8473.47),
        }
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> u32 {
        self.chassis * self.nodes_per_chassis
    }

    /// What a node's parts draw at this activity (0 idle, 1 full).
    pub fn node(&self, activity: f64) -> Power {
        self.node_idle + (self.node_peak - self.node_idle) * activity.clamp(0.0, 1.0)
    }

    /// What the machine draws when `active` nodes work at `activity` and the others idle. The active ones are spread
    /// evenly over the chassis; the chain is linear in the load, so that any other spread draws the same.
    pub fn power(&self, active: u32, activity: f64) -> Power {
        let nodes = f64::from(self.nodes());
        let busy = f64::from(active.min(self.nodes()));
        let mean = (self.node(activity) * busy + self.node_idle * (nodes - busy)) / nodes;
        let chassis =
            self.node_converter.input(mean) * f64::from(self.nodes_per_chassis) + self.chassis_fixed;
        let rectifiers = f64::from(self.rectifiers);
        self.rectifier.input(chassis / rectifiers) * rectifiers * f64::from(self.chassis) + self.fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frontier_idles_at_7_3065_mw_and_peaks_at_28_2279_mw() {
        let frontier = Machine::frontier();
        assert_eq!(frontier.nodes(), 9472);
        let (idle, peak) = (frontier.power(0, 1.0), frontier.power(9472, 1.0));
        println!("idle {:.6} MW, peak {:.6} MW", idle.mw(), peak.mw());
        assert_eq!(format!("{:.4}", idle.mw()), "7.3065");
        assert_eq!(format!("{:.4}", peak.mw()), "28.2279");
    }

    #[test]
    fn power_is_linear_in_the_nodes_at_work() {
        let frontier = Machine::frontier();
        let half = frontier.power(9472 / 2, 1.0).mw();
        let mean = (frontier.power(0, 1.0).mw() + frontier.power(9472, 1.0).mw()) / 2.0;
        assert!((half - mean).abs() < 1e-9);
        assert_eq!(Converter::IDEAL.losses(Power::from_watts(100.0)), Power::ZERO);
    }
}
