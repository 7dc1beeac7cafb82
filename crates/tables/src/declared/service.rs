//! The tables of services: there where a scenario has one.

use crate::column::table;

table! {
    /// One row for each hour of a service in one region in which somebody asked for something; offered = served + unserved.
    /// Tokens are those of prompts (`in`) and answers (`out`).
    service_hours {
        /// Start of the hour.
        hour "": Instant,
        /// Service.
        service "": Key<Services>,
        /// Region of users.
        region "": Key<Regions>,
        /// Requests that users made.
        requests_offered "": Integer,
        /// Of those, served.
        requests_served "": Integer,
        /// Of those, not.
        requests_unserved "": Integer,
        /// Tokens of the prompts of all requests.
        tokens_in_offered "token": Integer,
        /// Of those, of requests that were served.
        tokens_in_served "token": Integer,
        /// Tokens of the answers to all requests.
        tokens_out_offered "token": Integer,
        /// Of those, of requests that were served.
        tokens_out_served "token": Integer,
        /// Mean time to the first token of what was served, the round trip included.
        ttft_s "s": Optional<Seconds>,
        /// Mean time between tokens of what was served.
        tpot_s "s": Optional<Seconds>,
        /// Mean round trip to the sites that served.
        round_trip_s "s": Optional<Seconds>,
    }
}

table! {
    /// One row for each hour of the replicas of a service on one system of one site, while it holds any.
    replica_hours {
        /// Start of the hour.
        hour "": Instant,
        /// Service.
        service "": Key<Services>,
        /// Site.
        site "": Key<Sites>,
        /// System that they stand on.
        system "": Key<Systems>,
        /// Replicas at the end of the hour, starting ones too, before what the next hour changes.
        replicas "": Integer,
        /// Replica time that was ready to serve.
        ready_replica_hours "replica h": Number,
        /// Accelerator time held, starting replicas too; part of the site's busy time.
        held_gpu_hours "GPU h": Number,
        /// Requests that they could have served within the latency that the service promises.
        requests_capacity "": Integer,
        /// Requests that they served.
        requests_served "": Integer,
        /// Tokens of the prompts that they read.
        tokens_in_served "token": Integer,
        /// Tokens that they wrote.
        tokens_out_served "token": Integer,
        /// Mean time to the first token, without the round trip.
        ttft_s "s": Optional<Seconds>,
        /// Mean time between tokens.
        tpot_s "s": Optional<Seconds>,
    }
}
