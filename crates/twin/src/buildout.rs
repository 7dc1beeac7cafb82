//! Building joins the twin: systems that are energised become nodes, those that are replaced are drained and go.

use crate::Twin;
use crate::fact::Fact;
use crate::twin::Event;
use base::SimTime;
use base::id::{AgreementId, BlockId, SystemId};
use buildout::{BuildOut, Effect};
use kernel::Context;
use scenario::World;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is being built, and where the nodes of each block stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Construction {
    machine: BuildOut,
    /// By block: the nodes of its present systems.
    nodes: Vec<Vec<Range<u32>>>,
}

impl Construction {
    /// Nothing built yet.
    pub fn new(plan: &buildout::Plan) -> Construction {
        Construction { machine: BuildOut::new(plan.clone()), nodes: vec![Vec::new(); plan.blocks.len()] }
    }
}

/// Whether systems are ever taken out of service.
pub fn takes_out(world: &World) -> bool {
    world.buildout.iter().flat_map(|plan| &plan.blocks).any(|block| !block.reequip.is_empty())
}

impl Twin {
    /// Something happens to what is being built.
    pub(crate) fn build(&mut self, now: SimTime, event: buildout::Event, context: &mut Context<Event, Fact>) {
        let Some(construction) = &mut self.construction else { return };
        let effects = construction.machine.handle(now, event);
        self.take_effect(now, effects, context);
    }

    /// Everything of this instant has happened to what is being built: who waits for money and systems is served.
    pub(crate) fn settle_construction(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        let Some(construction) = &mut self.construction else { return };
        let effects = construction.machine.settle(now);
        self.take_effect(now, effects, context);
    }

    /// A rung of an agreement's ladder is released.
    pub(crate) fn release_rung(
        &mut self,
        now: SimTime,
        (agreement, rung): (AgreementId, &str),
        context: &mut Context<Event, Fact>,
    ) {
        let Some(construction) = &mut self.construction else { return };
        let effects = construction.machine.release(now, agreement, rung);
        self.take_effect(now, effects, context);
    }

    /// The end of the run.
    pub(crate) fn close_construction(&mut self, now: SimTime, context: &mut Context<Event, Fact>) {
        let Some(construction) = &mut self.construction else { return };
        let effects = construction.machine.close();
        self.take_effect(now, effects, context);
    }

    fn take_effect(&mut self, now: SimTime, effects: Vec<Effect>, context: &mut Context<Event, Fact>) {
        for effect in effects {
            match effect {
                Effect::Build(fact) => context.emit(Fact::Build(fact)),
                Effect::Capital(fact) => context.emit(Fact::Capital(fact)),
                Effect::At(time, event) => {
                    context.schedule_at(time, Event::Build(event));
                }
                Effect::Energise(block, system, count) => self.equip(now, block, system, count, context),
                Effect::Drain(block) => self.drain_block(now, block, context),
                Effect::Retire(block) => self.retire_block(now, block, context),
            }
        }
    }

    fn equip(
        &mut self,
        now: SimTime,
        block: BlockId,
        system: SystemId,
        count: u32,
        context: &mut Context<Event, Fact>,
    ) {
        let (shape, each) = self.config.systems[system.index()];
        let site = self.config.site_of(block);
        let nodes = [(system, shape, count.saturating_mul(each))];
        let stands = self.bring(now, block, site, &nodes, context);
        if let Some(construction) = &mut self.construction {
            construction.nodes[block.index()].extend(stands);
        }
    }

    fn nodes_of(&self, block: BlockId) -> Vec<Range<u32>> {
        self.construction
            .as_ref()
            .map_or(Vec::new(), |construction| construction.nodes[block.index()].clone())
    }

    /// The systems of a block take no new work from now.
    fn drain_block(&mut self, now: SimTime, block: BlockId, context: &mut Context<Event, Fact>) {
        let (site, stands) = (self.config.site_of(block), self.nodes_of(block));
        self.touch(now, site, context);
        let state = &mut self.sites[site.index()];
        stands.iter().for_each(|nodes| state.drain(&self.config, nodes.clone()));
        // Replicas do not end by themselves: they start again on other nodes.
        for nodes in stands {
            let lost = self.strike_services((site, nodes), None, true, now, context);
            self.replace_replicas(&lost, now, context);
        }
    }

    /// The systems of a block go: what still runs on them is stopped and goes on elsewhere from its last checkpoint.
    fn retire_block(&mut self, now: SimTime, block: BlockId, context: &mut Context<Event, Fact>) {
        let (site, stands) = (self.config.site_of(block), self.nodes_of(block));
        self.touch(now, site, context);
        for nodes in &stands {
            self.strike_services((site, nodes.clone()), None, true, now, context);
            for slot in self.sites[site.index()].jobs_on(nodes.clone()) {
                self.take_off(now, site, slot, context);
            }
        }
        let state = &mut self.sites[site.index()];
        stands.into_iter().for_each(|nodes| state.retire(&self.config, nodes));
        if let Some(construction) = &mut self.construction {
            construction.nodes[block.index()].clear();
        }
        self.renew_hazards(now, site, context);
    }
}
