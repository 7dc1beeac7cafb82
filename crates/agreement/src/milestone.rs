//! Capital and warrants that are released by milestones: ladders.

use crate::predicate::{Predicate, Subject};
use base::{Money, SimTime};
use serde::{Deserialize, Serialize};

/// What a rung releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Award {
    /// Money that is paid in.
    Capital(Money),
    /// Shares that vest.
    Shares(i64),
}

/// A rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Its name.
    pub name: String,
    /// What must hold, all at one time.
    pub condition: Predicate,
    /// What is released.
    pub award: Award,
    /// The first instant that is too late, if there is one.
    pub until: Option<SimTime>,
}

/// A ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the agreement.
    pub id: String,
    /// From the lowest.
    pub rungs: Vec<Rung>,
    /// Whether a rung waits for the one below (a lapsed rung then ends the ladder).
    pub in_order: bool,
}

/// What happened to a rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// Its award is released.
    Released {
        /// Which rung.
        rung: usize,
        /// What.
        award: Award,
    },
    /// It came too late.
    Lapsed {
        /// Which rung.
        rung: usize,
    },
    /// It can no longer come, since one below it has lapsed.
    Lost {
        /// Which rung.
        rung: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Standing {
    Open,
    Released,
    Gone,
}

/// A ladder on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    terms: Terms,
    standing: Vec<Standing>,
}

impl Ladder {
    /// Before anything is reached.
    pub fn new(terms: Terms) -> Ladder {
        Ladder { standing: vec![Standing::Open; terms.rungs.len()], terms }
    }

    /// What the world looks like at `time`: first what is too late lapses, then what holds is released.
    pub fn observe(&mut self, time: SimTime, world: &Subject) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (i, rung) in self.terms.rungs.iter().enumerate() {
            let below_gone = self.terms.in_order && self.standing[..i].contains(&Standing::Gone);
            let below_open = self.terms.in_order && self.standing[..i].contains(&Standing::Open);
            if self.standing[i] != Standing::Open {
                continue;
            }
            if below_gone {
                self.standing[i] = Standing::Gone;
                facts.push(Fact::Lost { rung: i });
            } else if rung.until.is_some_and(|until| time >= until) {
                self.standing[i] = Standing::Gone;
                facts.push(Fact::Lapsed { rung: i });
            } else if !below_open && rung.condition.holds(world) {
                self.standing[i] = Standing::Released;
                facts.push(Fact::Released { rung: i, award: rung.award });
            }
        }
        facts
    }

    /// Goes on under amended terms: a rung that keeps its name keeps what became of it.
    pub fn amend(&mut self, terms: Terms) {
        let before = |rung: &Rung| self.terms.rungs.iter().position(|known| known.name == rung.name);
        let standing = |rung: &Rung| before(rung).map_or(Standing::Open, |at| self.standing[at]);
        self.standing = terms.rungs.iter().map(standing).collect();
        self.terms = terms;
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether every rung is released or gone.
    pub fn is_done(&self) -> bool {
        !self.standing.contains(&Standing::Open)
    }
}
