//! Users, and the models that are offered to them.

use crate::language::{Field, List, One, Rows, key, section};
use crate::scalar::Profile;
use crate::world::{ActivityName, WhenFull};
use base::{SimTime, Span};
use service::Rule;

section! {
    /// A region of users.
    RegionText at "[region.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Degrees north of where most of its users are.
        latitude_deg: Field<f64> = key().required().range(-90.0, 90.0).unit("degrees");
        /// Degrees east of where most of its users are.
        longitude_deg: Field<f64> = key().required().range(-180.0, 180.0).unit("degrees");
        /// Hours by which its clocks are ahead of UTC, all year.
        utc_offset_h: Field<f64> = key().range(-12.0, 14.0).unit("hours").absent("its degrees east over 15, to the nearest whole hour");
        /// Its share of the requests of every service that does not say otherwise. The shares of all regions sum to 1.
        share: Field<f64> = key().range(0.0, 1.0).absent("what the other regions leave, the same for each that says nothing");
        /// Round trips to sites that are known better than by distance.
        round_trip: Rows<RoundTripText> = key();
    }

    /// A round trip that is known.
    RoundTripText at "round_trip = [{ site = \"NAME\", time = \"30 ms\" }]" {
        /// The site.
        site: Field<String> = key().required().refers("site");
        /// There and back.
        time: Field<Span> = key().required().range(0.0, 3600.0);
    }

    /// What a replica of a model does on accelerators of one kind: points that somebody measured. Between points both times
    /// are linear in the concurrency; nothing is said beyond the last one.
    SurfaceText at "[surface.NAME]" {
        /// The model, for people.
        model: Field<String> = key().absent("its key");
        /// The accelerator that it was measured on.
        accelerator: Field<String> = key().required();
        /// Accelerators of one replica.
        gpus: Field<u32> = key().required().range(1.0, 65536.0);
        /// Tokens of the prompt, for points that do not say.
        tokens_in: Field<u32> = key().range(1.0, 1e9);
        /// Tokens of the answer, for points that do not say.
        tokens_out: Field<u32> = key().range(1.0, 1e9);
        /// The points. With more concurrency, requests take longer and more of them are finished.
        point: Rows<PointText> = key();
    }

    /// A measured point of a surface.
    PointText at "point = [{ concurrency = 16, ttft = \"200 ms\", tpot = \"10 ms\" }]" {
        /// Tokens of the prompt of each request.
        tokens_in: Field<u32> = key().range(1.0, 1e9).absent("the surface's");
        /// Tokens of the answer of each request.
        tokens_out: Field<u32> = key().range(1.0, 1e9).absent("the surface's");
        /// Requests in flight at once in one replica.
        concurrency: Field<f64> = key().required().range(0.01, 1e9);
        /// Time to the first token.
        ttft: Field<Span> = key().required().above(0.0, 1e6);
        /// Time between tokens after the first.
        tpot: Field<Span> = key().required().above(0.0, 1e6);
    }

    /// A model offered to users.
    ServiceText at "[service.NAME]" {
        /// Name for people.
        name: Field<String> = key().absent("its key");
        /// Whose it is; what its replicas hold counts for this tenant.
        tenant: Field<String> = key().absent("the only tenant").refers("tenant");
        /// Who buys its tokens, and may have committed itself to.
        buyer: Field<String> = key().absent("users who are no partners").refers("partner");
        /// What it is, for exclusivities: their condition over `product`.
        product: Field<String> = key().absent("its key");
        /// Through what it is sold, for exclusivities: their condition over `channel`.
        channel: Field<String> = key().absent("not said");
        /// Its place among services and jobs: it takes no free nodes that a job of higher priority waits for, and stops jobs
        /// of lower priority only.
        priority: Field<i32> = key().range(-1e6, 1e6).default("0");
        /// No request comes before this instant.
        start: Field<SimTime> = key().absent("the start of the run");
        /// No request comes at or after this instant.
        end: Field<SimTime> = key().absent("the end of the run");
        /// Requests an hour of all regions together, mean over day and week, at `start`.
        requests_per_hour: Field<f64> = key().range(0.0, 1e12);
        /// Requests an hour at dates, geometric between them; in place of `requests_per_hour`.
        demand: Rows<DemandText> = key();
        /// What a year multiplies the requests by, after the last date that is given.
        growth_per_year: Field<f64> = key().above(0.0, 1e6).default("1.0");
        /// Relative rate of each hour of the day in the region's own time: 24 numbers.
        hour_of_day: Field<Profile<24>> = key().range(0.0, 1e9).absent("even");
        /// Relative rate of each day of the week in the region's own time, Monday first: 7 numbers.
        day_of_week: Field<Profile<7>> = key().range(0.0, 1e9).absent("even");
        /// Standard deviation of the logarithm of the hourly rate of a region around what day and week say.
        burst_sigma: Field<f64> = key().range(0.0, 3.0).default("0.0");
        /// Time in which the correlation of the bursts of a region falls by e. Zero: each hour by itself.
        burst_correlation: Field<Span> = key().default("\"0 s\"");
        /// The regions that it is offered in, each with its share; all of them sum to 1.
        region: Rows<ShareText> = key().absent("all, with their own shares");
        /// Mean tokens of a prompt.
        tokens_in: Field<u32> = key().required().range(1.0, 1e7);
        /// Mean tokens of an answer.
        tokens_out: Field<u32> = key().required().range(1.0, 1e7);
        /// Most time to the first token at a site, without the round trip.
        ttft: Field<Span> = key().required().above(0.0, 1e6);
        /// Most time between tokens after the first.
        tpot: Field<Span> = key().required().above(0.0, 1e6);
        /// Share of the requests that must be within `ttft`.
        quantile: Field<f64> = key().above(0.0, 0.999999).default("0.95");
        /// What its replicas are: surfaces, the best first. Each stands on every system that carries its accelerator.
        surfaces: List<String> = key().required().refers("surface");
        /// The sites that may serve it.
        sites: List<String> = key().absent("all").refers("site");
        /// Which site a region's requests go to first.
        routing: Field<Rule> = key().default("\"nearest\"");
        /// Sites further from a region than this do not serve it.
        most_round_trip: Field<Span> = key().range(0.0, 3600.0).absent("no limit");
        /// What it does where no node is free for a replica.
        when_full: Field<WhenFull> = key().default("\"wait\"");
        /// What its replicas do to their accelerators while they hold them: how much power they draw.
        activity: Field<ActivityName> = key().default("\"decode\"");
        /// How many replicas it has.
        autoscale: One<AutoscaleText> = key();
    }

    /// Requests an hour from a date on.
    DemandText at "demand = [{ from = 2026-01-01, requests_per_hour = 1e6 }]" {
        /// The date.
        from: Field<SimTime> = key().required();
        /// Requests an hour of all regions together, mean over day and week.
        requests_per_hour: Field<f64> = key().required().range(0.0, 1e12);
    }

    /// A region's share of one service.
    ShareText at "region = [{ region = \"NAME\", share = 0.5 }]" {
        /// The region.
        region: Field<String> = key().required().refers("region");
        /// Its share of the requests.
        share: Field<f64> = key().required().range(0.0, 1.0);
    }

    /// How many replicas a service has at each site, decided at every full hour.
    AutoscaleText at "[service.NAME.autoscale]" {
        /// Share of what replicas can serve within the latency targets that they are planned to serve.
        utilisation: Field<f64> = key().above(0.0, 1.0).default("0.8");
        /// Replicas kept at each of its sites, with or without requests.
        least: Field<u32> = key().range(0.0, 4e9).default("0");
        /// The most replicas of a site. Nodes are taken whole: where a node holds several, as many nodes as that fills, and
        /// never less than one.
        most: Field<u32> = key().range(1.0, 4e9).absent("no limit");
        /// Time from when a replica gets its nodes to its first request.
        start_up: Field<Span> = key().range(0.0, 1e6).default("\"5 min\"");
        /// The most replicas that a site adds in one hour; in whole nodes, as with `most`.
        step_up: Field<u32> = key().range(1.0, 4e9).absent("no limit");
        /// Replicas of a site are given back only when at least this share of them is not needed.
        slack: Field<f64> = key().range(0.0, 1.0).default("0.05");
    }
}
