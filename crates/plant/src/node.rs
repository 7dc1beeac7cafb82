//! What nodes draw, and what a power cap does to their speed.

use base::Power;
use serde::{Deserialize, Serialize};

/// A node's draw: a base that is always on, the processors and fans of a node at work, and the accelerators with the
/// losses of their supplies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodePower {
    /// Accelerators in the node.
    pub accelerators: u32,
    /// One accelerator doing nothing.
    pub accelerator_idle: Power,
    /// One accelerator at its power limit.
    pub accelerator_peak: Power,
    /// The rest of the node, always.
    pub base: Power,
    /// What the rest draws on top while at least one accelerator works: processors, memory, fans.
    pub host: Power,
    /// Watts of supplies and regulators for each watt of the accelerators.
    pub follow: f64,
}

impl NodePower {
    /// Eight A100 of 400 W, on the quantiles of the Acme trace (Hu et al., NSDI 2024; Seren). Three figures fix the three
    /// constants: servers draw 1,512 W at the 5th percentile, where GPUs idle at 61.8 W; 5,040 W at the 95th, where GPUs
    /// draw 407.7 W; and 2,933 W on average, where GPUs draw 168.6 W, with 85 % of the servers at work (those above the
    /// idle plateau). The percentiles between are left for the test: there a server's GPUs are in different states, and
    /// quantiles of sums are not sums of quantiles.
    pub fn eight_a100() -> NodePower {
        NodePower {
            accelerators: 8,
            accelerator_idle: Power::from_watts(61.8),
            accelerator_peak: Power::from_watts(400.0),
            base: Power::from_watts(992.0),
            host: Power::from_watts(612.0),
            follow: 0.0525,
        }
    }

    /// A node of which only the draw at full load and the limit of its accelerators are published: idle accelerators at
    /// 15 % of their limit, and supplies and the parting of the rest as measured on eight A100 (assumed).
    pub fn from_published(node_peak: Power, accelerators: u32, accelerator_peak: Power) -> NodePower {
        let model = NodePower::eight_a100();
        let at_peak = accelerator_peak * f64::from(accelerators) * (1.0 + model.follow);
        // A published peak below that of the accelerators alone scales them down.
        let scale = (node_peak / at_peak).min(1.0);
        let rest = node_peak - at_peak * scale;
        let standing = model.base / (model.base + model.host);
        NodePower {
            accelerators,
            accelerator_idle: accelerator_peak * 0.15 * scale,
            accelerator_peak: accelerator_peak * scale,
            base: rest * standing,
            host: rest * (1.0 - standing),
            follow: model.follow,
        }
    }

    /// One accelerator at this activity: 0 idle, 1 at its limit. Activity is the share of the dynamic power, not the
    /// "utilisation" of monitoring tools: those read 98 % at 100 W as at 400 W (Acme quantiles).
    pub fn accelerator(&self, activity: f64) -> Power {
        self.accelerator_idle + (self.accelerator_peak - self.accelerator_idle) * activity.clamp(0.0, 1.2)
    }

    /// The node with `busy` accelerators at `activity` and the others idle.
    pub fn node(&self, busy: f64, activity: f64) -> Power {
        let all = f64::from(self.accelerators);
        let busy = busy.clamp(0.0, all);
        let gpus = self.accelerator(activity) * busy + self.accelerator_idle * (all - busy);
        let host = if busy > 0.0 { self.host } else { Power::ZERO };
        self.base + host + gpus * (1.0 + self.follow)
    }
}

/// A node's draw at its plug, the losses of its converters and its share of what stands around it included: linear in
/// what its accelerators do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeDraw {
    /// A node that does nothing.
    pub standing: Power,
    /// On top while something runs on it.
    pub host: Power,
    /// On top for each accelerator at full activity.
    pub accelerator: Power,
}

impl NodeDraw {
    /// From the model of a node.
    pub fn of(node: &NodePower) -> NodeDraw {
        let follow = 1.0 + node.follow;
        NodeDraw {
            standing: node.node(0.0, 0.0),
            host: node.host,
            accelerator: (node.accelerator_peak - node.accelerator_idle) * follow,
        }
    }

    /// From the draw of a whole system at rest and at full load; everything between follows its accelerators (or, without
    /// any, whatever runs on its nodes).
    pub fn between(idle: Power, peak: Power, nodes: u32, accelerators_per_node: u32) -> NodeDraw {
        let nodes = f64::from(nodes.max(1));
        let (standing, dynamic) = (idle / nodes, (peak - idle) / nodes);
        match accelerators_per_node {
            0 => NodeDraw { standing, host: dynamic, accelerator: Power::ZERO },
            count => NodeDraw { standing, host: Power::ZERO, accelerator: dynamic / f64::from(count) },
        }
    }

    /// A node with so many accelerators, all at full activity.
    pub fn full(&self, accelerators: u32) -> Power {
        self.standing + self.host + self.accelerator * f64::from(accelerators)
    }
}

/// What accelerators do, with the share of their dynamic power that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// Large dense training.
    Training,
    /// Reading prompts.
    Prefill,
    /// Writing tokens.
    Decode,
    /// Fine-tuning and experiments.
    Research,
    /// Allocated and waiting.
    Idle,
    /// At the power limit throughout: a benchmark that is made for it.
    Full,
}

impl Activity {
    /// Share of the dynamic power.
    ///
    /// Training: the median of the Acme quantiles above 250 W, 389 W of 400 (Kalos). Prefill: B200 measured at 600 to
    /// 975 W of 1,000 (middle 790); decode: median about 390 W (aiconfigurator silicon sample), which agrees with 0.43 to
    /// 0.66 of the limit for A100 (Splitwise). Research: the mean of Seren, 169 W of 400.
    pub fn share(self) -> f64 {
        match self {
            Activity::Training => 0.97,
            Activity::Prefill => 0.75,
            Activity::Decode => 0.30,
            Activity::Research => 0.32,
            Activity::Idle => 0.0,
            Activity::Full => 1.0,
        }
    }
}

/// Quantiles of the activity of GPUs at work and idle in a real cluster (Acme, Kalos: 2,400 A100 for large training) at
/// the percentiles 0, 5 .. 100, derived from their power: (power - 61 W) / (400 W - 61 W), from 0 to 1.2.
pub const ACME_KALOS_ACTIVITY: [f64; 21] = [
    0.0, 0.003, 0.006, 0.009, 0.012, 0.016, 0.035, 0.087, 0.097, 0.106, 0.119, 0.173, 0.257, 0.516, 0.778,
    0.917, 0.967, 0.990, 1.011, 1.038, 1.2,
];

/// Speed under a power cap.
///
/// Dynamic power goes with the cube of the clock (frequency times the square of the voltage, which follows it): a cap
/// that leaves the share `x` of the dynamic power leaves `x^(1/3)` of the clock. Only the compute-bound share of the time
/// stretches with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CapModel {
    /// Draw that no clock can lower, as a share of the limit.
    pub floor: f64,
    /// Share of the time that is bound by the clock.
    pub compute_bound: f64,
}

impl CapModel {
    /// Large dense training.
    pub const TRAINING: CapModel = CapModel { floor: 0.15, compute_bound: 0.75 };
    /// Decoding: bound by memory.
    pub const DECODE: CapModel = CapModel { floor: 0.15, compute_bound: 0.25 };

    /// Clock left by a cap of `cap` (share of the limit) on work that would draw `demand` (share of the limit).
    pub fn clock(self, cap: f64, demand: f64) -> f64 {
        if cap >= demand || demand <= self.floor {
            return 1.0;
        }
        let share = ((cap - self.floor) / (demand - self.floor)).max(0.001);
        libm::cbrt(share)
    }

    /// Speed left by the cap: 1 without effect.
    pub fn speed(self, cap: f64, demand: f64) -> f64 {
        let clock = self.clock(cap, demand);
        1.0 / (self.compute_bound / clock + 1.0 - self.compute_bound)
    }

    /// Energy for the same work under the cap, over the energy without.
    pub fn energy(self, cap: f64, demand: f64) -> f64 {
        cap.min(demand) / demand / self.speed(cap, demand)
    }
}

/// Share of its limit that an accelerator draws whatever its clock: what no cap can take.
pub const CAP_FLOOR: f64 = 0.15;

/// The largest activity that a cap on accelerators leaves (a share of their limit): 1 without effect.
pub fn activity_under(cap: f64) -> f64 {
    ((cap - CAP_FLOOR) / (1.0 - CAP_FLOOR)).clamp(0.0, 1.2)
}

/// Speed left to work of this activity where no more than `most` of it may be drawn, in parts per million: the clock falls
/// with the cube root of the dynamic power, and the share of the time that is bound by the clock stretches.
pub fn speed_under(most: f64, activity: f64, compute_bound: f64) -> u32 {
    if activity <= most {
        return 1_000_000;
    }
    let clock = libm::cbrt((most / activity).max(0.001));
    let speed = 1.0 / (compute_bound / clock + 1.0 - compute_bound);
    libm::round(speed * 1e6).clamp(1.0, 1e6) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_at_its_ends() {
        let node = NodePower::eight_a100();
        let idle = node.node(0.0, 1.0).watts();
        let peak = node.node(8.0, 1.0).watts();
        // NVIDIA gives 6.5 kW as the most that a DGX A100 can draw.
        assert!((idle - 1512.0).abs() < 2.0, "{idle}");
        assert!((4950.0..6500.0).contains(&peak), "{peak}");
        assert!(node.node(4.0, 1.0).watts() > idle && node.node(4.0, 1.0).watts() < peak);
    }

    #[test]
    fn published_peaks_are_kept() {
        for (peak, count, limit) in
            [(10_200.0, 8, 700.0), (14_300.0, 8, 1000.0), (6600.0, 4, 1200.0), (4000.0, 4, 1200.0)]
        {
            let node = NodePower::from_published(Power::from_watts(peak), count, Power::from_watts(limit));
            assert!((node.node(f64::from(count), 1.0).watts() - peak).abs() < 1e-6, "{peak}");
            assert!(node.node(0.0, 0.0).watts() < 0.55 * peak);
        }
    }

    /// MIT Lincoln Laboratory (McDonald et al., arXiv 2205.09646): V100 of 250 W capped at 150 W train BERT with 13.7 %
    /// less energy. With half of the time bound by the clock the model gives about the same.
    #[test]
    fn a_cap_saves_about_the_energy_that_was_measured() {
        let model = CapModel { floor: 0.15, compute_bound: 0.5 };
        // A mean draw of 70 % of the limit before the cap.
        let saved = 1.0 - model.energy(0.6, 0.72);
        println!(
            "saved {:.1} %, slower by {:.1} %",
            saved * 100.0,
            (1.0 / model.speed(0.6, 0.72) - 1.0) * 100.0
        );
        assert!((saved - 0.137).abs() < 0.03, "{saved}");
    }

    #[test]
    fn caps_slow_down_and_never_speed_up() {
        for model in [CapModel::TRAINING, CapModel::DECODE] {
            let mut before = 1.0;
            for cap in (20..=100).rev() {
                let speed = model.speed(f64::from(cap) / 100.0, 0.97);
                assert!(speed <= before + 1e-12 && speed > 0.2);
                before = speed;
            }
            assert_eq!(model.speed(1.0, 0.97), 1.0);
        }
    }

    /// The two ways to say a cap are one model.
    #[test]
    fn a_cap_in_shares_of_activity_is_the_cap_model() {
        for (cap, activity) in [(0.6, 0.97), (0.8, 0.97), (0.5, 0.5), (0.95, 0.3)] {
            let demand = CAP_FLOOR + activity * (1.0 - CAP_FLOOR);
            let model = CapModel::TRAINING.speed(cap, demand);
            let ours = f64::from(speed_under(activity_under(cap), activity, 0.75)) / 1e6;
            assert!((model - ours).abs() < 1e-6, "{cap} {activity}: {model} {ours}");
        }
    }

    #[test]
    fn draws_at_the_plug_agree_with_the_model() {
        let node = NodePower::eight_a100();
        let draw = NodeDraw::of(&node);
        for (busy, activity) in [(8.0, 1.0), (3.0, 0.32), (8.0, 0.97)] {
            let exact = node.node(busy, activity).watts();
            let linear = draw.standing + draw.host + draw.accelerator * (busy * activity);
            assert!((linear.watts() - exact).abs() < 1e-6);
        }
        let machine = crate::chain::Machine::frontier();
        let idle = (machine.power(0, 1.0) - machine.fixed) / 592.0;
        let peak = (machine.power(9472, 1.0) - machine.fixed) / 592.0;
        let draw = NodeDraw::between(idle, peak, 16, 4);
        let whole = draw.full(4) * 9472.0 + machine.fixed;
        assert!((whole.mw() - 28.227_884).abs() < 1e-6, "{}", whole.mw());
    }
}
