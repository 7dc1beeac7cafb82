//! Which site serves whom.
//!
//! Each region lists the sites that it may use in the order of a rule. All regions ask their first site; a site that cannot
//! serve all that it is asked divides what it has in proportion, and what is left over asks the next site. Whole requests
//! are divided by largest remainders. Ties go by the order of sites and regions: nothing is left to chance.

use base::Span;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// In which order a region prefers sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The shortest round trip.
    Nearest,
    /// The least cost of an accelerator-hour, then the nearest.
    Cheapest,
    /// The least carbon of a kilowatt-hour, then the nearest.
    Cleanest,
    /// The most requests that could be served there, then the nearest.
    MostRoom,
}

/// A site as a region sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteView {
    /// Round trip from the region.
    pub round_trip: Span,
    /// Micro-dollars of an accelerator-hour; `None`: dearer than every site that says.
    pub price: Option<i64>,
    /// Milligrams of carbon dioxide of a kilowatt-hour; `None`: dirtier than every site that says.
    pub carbon: Option<i64>,
    /// Requests that could be served there.
    pub room: u64,
}

/// The sites within `limit`, the best first.
pub fn preference(rule: Rule, sites: &[SiteView], limit: Span) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sites.len()).filter(|&site| sites[site].round_trip <= limit).collect();
    order.sort_by_key(|&index| {
        let site = &sites[index];
        let first = match rule {
            Rule::Nearest => (0, Reverse(0)),
            Rule::Cheapest => (site.price.unwrap_or(i64::MAX), Reverse(0)),
            Rule::Cleanest => (site.carbon.unwrap_or(i64::MAX), Reverse(0)),
            Rule::MostRoom => (0, Reverse(site.room)),
        };
        (first, site.round_trip, index)
    });
    order
}

/// Requests of a region that a site serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The region, as an index.
    pub region: usize,
    /// The site, as an index.
    pub site: usize,
    /// How many.
    pub requests: u64,
}

/// Sends what the regions offer to sites: `preferences` by region, `room` by site (what is taken is taken off). Flows come
/// by rank, then by region; what they leave of `offered` is not served.
pub fn route(offered: &[u64], preferences: &[Vec<usize>], room: &mut [u64]) -> Vec<Flow> {
    let mut left = offered.to_vec();
    let mut flows = Vec::new();
    let ranks = preferences.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..ranks {
        let asked = |region: usize| preferences[region].get(rank).copied();
        for (site, room) in room.iter_mut().enumerate() {
            let regions: Vec<usize> =
                (0..left.len()).filter(|&region| left[region] > 0 && asked(region) == Some(site)).collect();
            if regions.is_empty() || *room == 0 {
                continue;
            }
            let wanted: Vec<u64> = regions.iter().map(|&region| left[region]).collect();
            for (&region, requests) in regions.iter().zip(divide(*room, &wanted)) {
                left[region] -= requests;
                *room -= requests;
                if requests > 0 {
                    flows.push(Flow { region, site, requests });
                }
            }
        }
    }
    flows
}

/// Divides `have` among those who want: all that they want if there is enough, else in proportion, whole, by largest
/// remainders and then by order.
pub fn divide(have: u64, wanted: &[u64]) -> Vec<u64> {
    let sum: u128 = wanted.iter().map(|&want| u128::from(want)).sum();
    if sum <= u128::from(have) {
        return wanted.to_vec();
    }
    let exact = |want: u64| u128::from(have) * u128::from(want);
    let mut parts: Vec<u64> = wanted.iter().map(|&want| (exact(want) / sum) as u64).collect();
    let mut by_remainder: Vec<usize> = (0..wanted.len()).collect();
    by_remainder.sort_by_key(|&index| (Reverse(exact(wanted[index]) % sum), index));
    let missing = have - parts.iter().sum::<u64>();
    for &index in by_remainder.iter().take(missing as usize) {
        parts[index] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site(ms: i64, price: Option<i64>, carbon: Option<i64>, room: u64) -> SiteView {
        SiteView { round_trip: Span(ms * 1_000_000), price, carbon, room }
    }

    #[test]
    fn each_rule_orders_as_it_says() {
        let sites = [
            site(30, Some(3), None, 5),
            site(20, None, Some(400), 9),
            site(90, Some(3), Some(20), 9),
            site(20, Some(9), Some(20), 1),
        ];
        let order = |rule| preference(rule, &sites, Span::SECOND);
        assert_eq!(order(Rule::Nearest), [1, 3, 0, 2]);
        assert_eq!(order(Rule::Cheapest), [0, 2, 3, 1]);
        assert_eq!(order(Rule::Cleanest), [3, 2, 1, 0]);
        assert_eq!(order(Rule::MostRoom), [1, 2, 0, 3]);
        assert_eq!(preference(Rule::Nearest, &sites, Span(25_000_000)), [1, 3], "too far is not asked");
    }

    #[test]
    fn what_a_site_cannot_serve_is_divided_and_asks_the_next() {
        let mut room = [10, 4];
        let flows = route(&[9, 6, 1], &[vec![0, 1], vec![0, 1], vec![1]], &mut room);
        let flow = |region, site, requests| Flow { region, site, requests };
        // 10 among 9 and 6: 6 and 4. The last region was alone at its site; then 3 are left where 5 ask.
        let expected = [flow(0, 0, 6), flow(1, 0, 4), flow(2, 1, 1), flow(0, 1, 2), flow(1, 1, 1)];
        assert_eq!(flows, expected);
        assert_eq!(room, [0, 0]);
    }

    proptest! {
        #[test]
        fn nothing_is_made_or_lost(
            offered in proptest::collection::vec(0u64..1_000_000, 1..6),
            room in proptest::collection::vec(0u64..1_000_000, 1..5),
            turn in 0usize..5,
        ) {
            let preferences: Vec<Vec<usize>> = (0..offered.len())
                .map(|region| (0..room.len()).map(|rank| (rank + region * turn) % room.len()).collect())
                .collect();
            let mut left = room.clone();
            let flows = route(&offered, &preferences, &mut left);
            let served = |region: usize| flows.iter().filter(|flow| flow.region == region).map(|flow| flow.requests).sum::<u64>();
            let all: u64 = (0..offered.len()).map(served).sum();
            prop_assert!((0..offered.len()).all(|region| served(region) <= offered[region]));
            prop_assert_eq!(all + left.iter().sum::<u64>(), room.iter().sum::<u64>());
            // With every site open to every region, either all is served or no room is left.
            prop_assert!(all == offered.iter().sum::<u64>() || left.iter().all(|&left| left == 0));
        }
    }
}
