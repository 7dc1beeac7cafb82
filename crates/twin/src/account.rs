//! Accelerator time of one site, by the hour, in integers. Cost follows events: a span in which nothing changes is one
//! multiplication, cut at the hours.

use crate::cluster::{Cluster, Typical};
use crate::fact::{GpuTime, SiteHour};
use base::id::SiteId;
use base::{SimTime, Span};
use serde::{Deserialize, Serialize};

/// What has been counted of the current hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    site: SiteId,
    /// Counted up to here.
    counted: SimTime,
    /// Start of the current row: the hour, or the start of the run.
    hour: SimTime,
    installed: GpuTime,
    free: GpuTime,
    down: GpuTime,
    /// Times [`Typical::WEIGHT`].
    fragmented: GpuTime,
    started: u32,
    finished: u32,
}

/// What stands at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Jobs waiting.
    pub queued_jobs: u32,
    /// Accelerators that they ask for.
    pub queued_gpu_milli: u64,
    /// Jobs running.
    pub running_jobs: u32,
}

impl Account {
    /// An account from `start` on.
    pub fn new(site: SiteId, start: SimTime) -> Account {
        Account {
            site,
            counted: start,
            hour: start,
            installed: 0,
            free: 0,
            down: 0,
            fragmented: 0,
            started: 0,
            finished: 0,
        }
    }

    /// Counts up to `now` what has stood since the last call; says each hour that is over to `emit`.
    pub fn advance(
        &mut self,
        now: SimTime,
        cluster: &Cluster,
        standing: Standing,
        mut emit: impl FnMut(SiteHour),
    ) {
        while self.counted < now {
            let hour_end = self.hour.hour_start() + Span::HOUR;
            let until = hour_end.min(now);
            self.count(until - self.counted, cluster);
            self.counted = until;
            if until == hour_end {
                emit(self.close(standing));
            }
        }
    }

    /// The row of the hour that has begun, if it has any length.
    pub fn finish(&mut self, standing: Standing) -> Option<SiteHour> {
        (self.counted > self.hour).then(|| self.close(standing))
    }

    /// A job started.
    pub fn started(&mut self) {
        self.started += 1;
    }
    /// A job finished.
    pub fn finished(&mut self) {
        self.finished += 1;
    }

    fn count(&mut self, span: Span, cluster: &Cluster) {
        let nanos = span.0 as GpuTime;
        self.installed += GpuTime::from(cluster.installed_milli()) * nanos;
        self.free += GpuTime::from(cluster.free_milli() + cluster.spare_milli()) * nanos;
        self.down += GpuTime::from(cluster.down_milli()) * nanos;
        self.fragmented += cluster.fragmented() * nanos;
    }

    fn close(&mut self, standing: Standing) -> SiteHour {
        let row = SiteHour {
            site: self.site,
            hour: self.hour,
            installed: self.installed,
            busy: self.installed - self.free - self.down,
            idle: self.free,
            down: self.down,
            fragmented: self.fragmented / GpuTime::from(Typical::WEIGHT),
            queued_jobs: standing.queued_jobs,
            queued_gpu_milli: standing.queued_gpu_milli,
            running_jobs: standing.running_jobs,
            started: self.started,
            finished: self.finished,
        };
        *self = Account::new(self.site, self.counted);
        row
    }
}
