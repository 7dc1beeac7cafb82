//! Sources of jobs.

use super::sites::Places;
use super::{find, only_tenant};
use crate::choices::{DurationsName, GapsName, SizesName};
use crate::context::Cx;
use crate::keys::{ArrivalsText, DurationsText, RateStepText, SizesText, WorkloadText};
use crate::language::{Field, Given, List, Map, listed, meant};
use crate::load::reason;
use crate::rules;
use crate::scalar::FileName;
use crate::tree::Mark;
use crate::world::{AfterFailure, Checkpoint, JobSource, Workload};
use base::id::{AcceleratorId, SiteId, TenantId};
use base::{Diagnostic, SimTime, Span};
use std::path::{Path, PathBuf};
use trace::Format;
use trace::synthetic::{Arrivals, Durations, Factor, Gaps, Sizes, Synthetic};

/// The names that workloads refer to, and the run's window.
pub struct Names<'n> {
    /// Tenants by number.
    pub tenants: Vec<&'n str>,
    /// Sites by number.
    pub sites: Vec<&'n str>,
    /// Start of the run.
    pub start: SimTime,
    /// End of the run.
    pub end: SimTime,
    /// Whether anything can fail.
    pub fails: bool,
}

/// A workload before its accelerator models have numbers.
pub struct Draft {
    workload: Workload,
    models: Vec<String>,
}

impl Draft {
    /// With the models numbered.
    pub fn resolve(self, models: &[String]) -> Workload {
        let numbers = self.models.iter().filter_map(|model| models.iter().position(|known| known == model));
        let mut accelerators: Vec<AcceleratorId> = numbers.map(AcceleratorId::new).collect();
        accelerators.sort();
        accelerators.dedup();
        Workload { accelerators, ..self.workload }
    }
}

/// Reads the workloads; those that are too wrong to go on with are left out. With a service or a plan there need be none.
pub fn build(
    text: &Map<WorkloadText>,
    names: &Names<'_>,
    works: bool,
    places: &mut Places,
    cx: &mut Cx<'_>,
) -> Vec<Draft> {
    if text.0.is_empty() && !works && cx.complete && !cx.is_spoiled(crate::load::NOWHERE) {
        let mark = crate::load::NOWHERE;
        let message = "there is no workload and no service: nothing would happen".to_string();
        cx.error(
            mark,
            rules::EMPTY,
            message,
            "add `[workload.NAME]` with `trace`, or with `arrivals`, `sizes` and `durations`",
        );
    }
    text.0.iter().filter_map(|(name, workload)| one(name, workload, names, places, cx)).collect()
}

fn one(
    name: &Given<String>,
    text: &WorkloadText,
    names: &Names<'_>,
    places: &mut Places,
    cx: &mut Cx<'_>,
) -> Option<Draft> {
    let tenant = match &text.tenant {
        Some(given) => find(cx, given, "tenant", names.tenants.iter().copied()).map(TenantId::new),
        None => Some(only_tenant(&names.tenants, name.mark, cx)),
    };
    let home = text.home.as_ref().and_then(|given| find(cx, given, "site", names.sites.iter().copied()));
    let wanted = text.accelerators.0.iter().flat_map(|list| &list.value);
    let models = wanted.filter_map(|model| places.want(model, cx)).collect();
    let (start, end) = window(text, names, cx);
    let source = source(name, text, cx);
    let workload = Workload {
        key: name.value.clone(),
        tenant: tenant?,
        home: home.map(SiteId::new),
        data_gb: or(&text.data_gb, 0.0),
        start,
        end,
        priority: or(&text.priority, 0),
        preemptible: or(&text.preemptible, false),
        checkpoint: checkpoint(text, names.fails),
        checkpoint_write: or(&text.checkpoint_write, Span::ZERO),
        restart: or(&text.restart, Span::ZERO),
        after_failure: or(&text.after_failure, AfterFailure::Replace),
        accelerators: Vec::new(),
        source: source?,
    };
    Some(Draft { workload, models })
}

fn checkpoint(text: &WorkloadText, fails: bool) -> Checkpoint {
    match (&text.checkpoint, &text.checkpoint_write) {
        (Some(every), _) => Checkpoint::Every(every.value),
        (None, Some(write)) if fails && write.value > Span::ZERO => Checkpoint::Optimal,
        (None, _) => Checkpoint::Never,
    }
}

fn or<T: Copy>(field: &Field<T>, otherwise: T) -> T {
    field.as_ref().map_or(otherwise, |given| given.value)
}

/// When its jobs can come: inside the run.
fn window(text: &WorkloadText, names: &Names<'_>, cx: &mut Cx<'_>) -> (SimTime, SimTime) {
    let start = or(&text.start, names.start);
    let end = or(&text.end, names.end).min(names.end);
    if let Some(given) = &text.start
        && given.value < names.start
    {
        let message = format!("jobs from {} on, before the run starts at {}", given.value, names.start);
        cx.error(given.mark, rules::DATES, message, format!("write `start = \"{}\"` or later", names.start));
    }
    if let (Some(from), Some(to)) = (&text.start, &text.end)
        && to.value <= from.value
    {
        let diagnostic = Diagnostic::error(rules::DATES, "its jobs end before they start")
            .with_hint("write an `end` after `start`")
            .with_related(cx.texts.place(from.mark), "they start here");
        cx.report(to.mark, diagnostic);
    }
    (start, end.max(start))
}

fn source(name: &Given<String>, text: &WorkloadText, cx: &mut Cx<'_>) -> Option<JobSource> {
    let drawn = [
        text.arrivals.0.as_ref().map(|section| ("arrivals", section.mark)),
        text.sizes.0.as_ref().map(|section| ("sizes", section.mark)),
        text.durations.0.as_ref().map(|section| ("durations", section.mark)),
        text.estimate_factor.as_ref().map(|given| ("estimate_factor", given.mark)),
        text.estimate_up_to.as_ref().map(|given| ("estimate_up_to", given.mark)),
        text.jobs.as_ref().map(|given| ("jobs", given.mark)),
        here(&text.cores_per_gpu, text.mark).map(|mark| ("cores_per_gpu", mark)),
        here(&text.memory_gib_per_gpu, text.mark).map(|mark| ("memory_gib_per_gpu", mark)),
    ];
    match &text.trace {
        Some(file) => {
            for (key, mark) in drawn.into_iter().flatten() {
                let diagnostic =
                    Diagnostic::error(rules::EXCLUDED, format!("`{key}` in a workload with a `trace`"))
                        .with_hint("a workload is read from a trace or drawn: keep one")
                        .with_related(cx.texts.place(file.mark), "the trace is named here");
                cx.report(mark, diagnostic);
            }
            trace(file, text, cx)
        }
        None => synthetic(name, text, cx).map(JobSource::Synthetic),
    }
}

/// The file that a text names, counted from the text's folder; it must be there.
pub fn resolve_path(file: &Given<FileName>, cx: &mut Cx<'_>) -> Option<PathBuf> {
    let text = cx.texts.get(file.mark.file);
    if text.name.starts_with("builtin:") {
        let message = "a built-in text names a file".to_string();
        cx.error(
            file.mark,
            rules::UNREADABLE,
            message,
            "give the file with `--set`, or in a file of your own",
        );
        return None;
    }
    Some(text.folder.as_deref().unwrap_or(Path::new("")).join(&file.value.0))
}

fn trace(file: &Given<FileName>, text: &WorkloadText, cx: &mut Cx<'_>) -> Option<JobSource> {
    let path = resolve_path(file, cx)?;
    let readable = match std::fs::metadata(&path) {
        Ok(found) if found.is_dir() => Err("it is a folder".to_string()),
        Ok(_) => Ok(()),
        Err(error) => Err(reason(&error)),
    };
    if let Err(reason) = readable {
        let message = format!("the trace `{}` cannot be read: {reason}", path.display());
        let hint = "paths count from the folder of the file that names them";
        cx.error(file.mark, rules::UNREADABLE, message, hint);
    }
    let names = || Format::ALL.iter().map(|format| format.name());
    let format = match &text.format {
        Some(given) => match Format::parse(&given.value) {
            Some(format) => format,
            None => {
                let hint = meant(&given.value, names(), || format!("known: {}", listed(names())));
                let message = format!("there is no trace format `{}`", given.value);
                cx.error(given.mark, rules::UNKNOWN_CHOICE, message, hint);
                return None;
            }
        },
        None => match Format::of_path(&path) {
            Some(format) => format,
            None => {
                let message = format!("the name `{}` does not tell its format", file.value.0);
                cx.error(
                    file.mark,
                    rules::MISSING_KEY,
                    message,
                    format!("write `format = ...`: {}", listed(names())),
                );
                return None;
            }
        },
    };
    Some(JobSource::Trace {
        path,
        format: format.name().to_string(),
        time_scale: or(&text.time_scale, 1.0),
        repeat: or(&text.repeat, 1),
    })
}

fn synthetic(name: &Given<String>, text: &WorkloadText, cx: &mut Cx<'_>) -> Option<Synthetic> {
    for (key, mark) in [
        ("format", text.format.as_ref().map(|given| given.mark)),
        ("time_scale", here(&text.time_scale, text.mark)),
        ("repeat", here(&text.repeat, text.mark)),
    ] {
        if let Some(mark) = mark {
            let message = format!("`{key}` without a `trace`");
            cx.error(mark, rules::EXCLUDED, message, "leave it out, or name a `trace`");
        }
    }
    let parts = [
        ("arrivals", text.arrivals.0.is_some()),
        ("sizes", text.sizes.0.is_some()),
        ("durations", text.durations.0.is_some()),
    ];
    let given = parts.iter().filter(|(_, given)| *given).count();
    if (cx.is_spoiled(text.mark) || !cx.complete) && given < parts.len() {
        return None;
    }
    if given == 0 {
        let message = format!("`{}` says nothing about its jobs", name.value);
        cx.error(
            name.mark,
            rules::MISSING_KEY,
            message,
            "write `trace = \"jobs.swf.gz\"`, or `arrivals`, `sizes` and `durations`",
        );
        return None;
    }
    for (part, given) in parts {
        if !given {
            let message = format!("`{}` has no `{part}`", name.value);
            cx.error(
                name.mark,
                rules::MISSING_KEY,
                message,
                format!("add `[workload.{}.{part}]`", name.value),
            );
        }
    }
    let estimate_factor = match (&text.estimate_factor, &text.estimate_up_to) {
        (Some(_), Some(second)) => {
            let message = "`estimate_factor` and `estimate_up_to` exclude each other".to_string();
            cx.error(second.mark, rules::EXCLUDED, message, "keep one of them");
            None
        }
        (Some(constant), None) => Some(Factor::Constant(constant.value)),
        (None, Some(most)) => Some(Factor::Uniform { most: most.value }),
        (None, None) => None,
    };
    let arrivals = text.arrivals.0.as_ref().and_then(|section| arrivals(section, cx));
    let sizes = text.sizes.0.as_ref().and_then(|section| sizes(section, cx));
    let durations = text.durations.0.as_ref().and_then(|section| durations(section, false, cx));
    Some(Synthetic {
        arrivals: arrivals?,
        sizes: sizes?,
        durations: durations?,
        estimate_factor,
        cpu_milli_per_gpu: (or(&text.cores_per_gpu, 0.0) * 1000.0).round() as u32,
        memory_mib_per_gpu: (or(&text.memory_gib_per_gpu, 0.0) * 1024.0).round() as u32,
        count: text.jobs.as_ref().map(|count| count.value.0),
    })
}

/// Where a key is written; `None` where it is not, or only its default holds.
fn here<T>(field: &Field<T>, owner: Mark) -> Option<Mark> {
    field.as_ref().map(|given| given.mark).filter(|mark| *mark != owner)
}

/// One distribution's keys: refuses those of other distributions, and asks for those that are missing.
struct Keys<'k> {
    chosen: &'k str,
    owner: Mark,
    all: Vec<(&'static str, Option<Mark>)>,
}

impl Keys<'_> {
    fn check(&self, needed: &[&str], possible: &[&str], cx: &mut Cx<'_>) -> bool {
        let lacking = self.all.iter().filter(|(key, mark)| mark.is_none() && needed.contains(key));
        let lacking: Vec<&str> = lacking.map(|(key, _)| *key).collect();
        if !lacking.is_empty() {
            let lacking = listed(lacking);
            let message = format!("`{}` needs {lacking}", self.chosen);
            cx.lack(self.owner, rules::MISSING_KEY, message, format!("add {lacking}"));
        }
        for (key, mark) in &self.all {
            match mark {
                Some(mark) if !needed.contains(key) && !possible.contains(key) => {
                    let message = format!("`{key}` does not belong to `{}`", self.chosen);
                    let takes: Vec<&str> = needed.iter().chain(possible).copied().collect();
                    let hint = match takes.is_empty() {
                        true => "leave it out".to_string(),
                        false => format!("`{}` takes {}", self.chosen, listed(takes)),
                    };
                    cx.error(*mark, rules::EXCLUDED, message, hint);
                }
                _ => {}
            }
        }
        needed.iter().all(|key| self.all.iter().any(|(known, mark)| known == key && mark.is_some()))
    }
}

fn arrivals(text: &ArrivalsText, cx: &mut Cx<'_>) -> Option<Arrivals> {
    let name = text.gaps.as_ref()?.value;
    let all = vec![("cv", here(&text.cv, text.mark)), ("shape", here(&text.shape, text.mark))];
    let chosen = match name {
        GapsName::Poisson => "poisson",
        GapsName::Gamma => "gamma",
        GapsName::Weibull => "weibull",
        GapsName::Constant => "constant",
    };
    let keys = Keys { chosen, owner: text.mark, all };
    let gaps = match name {
        GapsName::Poisson => keys.check(&[], &[], cx).then_some(Gaps::Poisson),
        GapsName::Constant => keys.check(&[], &[], cx).then_some(Gaps::Constant),
        GapsName::Gamma if keys.check(&["cv"], &[], cx) => {
            text.cv.as_ref().map(|cv| Gaps::Gamma { cv: cv.value })
        }
        GapsName::Weibull if keys.check(&["shape"], &[], cx) => {
            text.shape.as_ref().map(|shape| Gaps::Weibull { shape: shape.value })
        }
        _ => None,
    };
    Some(Arrivals {
        per_hour: text.per_hour.as_ref()?.value,
        gaps: gaps?,
        hour_of_day: text.hour_of_day.as_ref().map(|given| given.value.0),
        day_of_week: text.day_of_week.as_ref().map(|given| given.value.0),
        steps: steps(&text.step.0, cx),
    })
}

/// The steps of a rate, which must rise in time.
fn steps(rows: &[RateStepText], cx: &mut Cx<'_>) -> Vec<(SimTime, f64)> {
    let given = rows.iter().filter_map(|row| Some((row.from.as_ref()?, row.factor.as_ref()?.value)));
    let steps: Vec<_> = given.collect();
    for pair in steps.windows(2).filter(|pair| pair[1].0.value <= pair[0].0.value) {
        let message = "a step is not later than the one before it".to_string();
        cx.error(pair[1].0.mark, rules::DATES, message, "write the steps by date");
    }
    steps.into_iter().map(|(from, factor)| (from.value, factor)).collect()
}

fn sizes(text: &SizesText, cx: &mut Cx<'_>) -> Option<Sizes> {
    let all = vec![
        ("weights", here(&text.weights, text.mark)),
        ("median", here(&text.median, text.mark)),
        ("sigma", here(&text.sigma, text.mark)),
        ("most", here(&text.most, text.mark)),
    ];
    match text.distribution.as_ref()?.value {
        SizesName::Weighted => {
            let keys = Keys { chosen: "weighted", owner: text.mark, all };
            keys.check(&["weights"], &[], cx);
            Some(Sizes::Weighted(text.weights.as_ref()?.value.0.clone()))
        }
        SizesName::PowerOfTwo => {
            let keys = Keys { chosen: "power_of_two", owner: text.mark, all };
            keys.check(&["median", "sigma", "most"], &[], cx);
            let (median, sigma) = (text.median.as_ref()?.value, text.sigma.as_ref()?.value);
            Some(Sizes::PowerOfTwo { median, sigma, most: text.most.as_ref()?.value })
        }
    }
}

fn durations(text: &DurationsText, in_class: bool, cx: &mut Cx<'_>) -> Option<Durations> {
    if let (false, Some(up_to)) = (in_class, &text.up_to) {
        let message = "`up_to` outside of a class".to_string();
        cx.error(up_to.mark, rules::EXCLUDED, message, "write it in `[[...durations.class]]`");
    }
    let all = vec![
        ("mean", here(&text.mean, text.mark)),
        ("median", here(&text.median, text.mark)),
        ("sigma", here(&text.sigma, text.mark)),
        ("scale", here(&text.scale, text.mark)),
        ("shape", here(&text.shape, text.mark)),
        ("most", here(&text.most, text.mark)),
        ("quantiles", text.quantiles.0.as_ref().map(|given| given.mark)),
        ("class", text.class.0.first().map(|row| row.mark)),
    ];
    let name = text.distribution.as_ref()?.value;
    let keys = |chosen| Keys { chosen, owner: text.mark, all: all.clone() };
    let most = or(&text.most, Span::FOREVER);
    match name {
        DurationsName::Constant => {
            keys("constant").check(&["mean"], &[], cx);
            Some(Durations::Constant(text.mean.as_ref()?.value))
        }
        DurationsName::Exponential => {
            keys("exponential").check(&["mean"], &[], cx);
            Some(Durations::Exponential(text.mean.as_ref()?.value))
        }
        DurationsName::Lognormal => {
            keys("lognormal").check(&["median", "sigma"], &["most"], cx);
            let (median, sigma) = (text.median.as_ref()?.value, text.sigma.as_ref()?.value);
            Some(Durations::Lognormal { median, sigma, most })
        }
        DurationsName::Weibull => {
            keys("weibull").check(&["scale", "shape"], &["most"], cx);
            let (scale, shape) = (text.scale.as_ref()?.value, text.shape.as_ref()?.value);
            Some(Durations::Weibull { scale, shape, most })
        }
        DurationsName::Quantiles => {
            keys("quantiles").check(&["quantiles"], &[], cx);
            quantiles(&text.quantiles, cx)
        }
        DurationsName::BySize => {
            keys("by_size").check(&["class"], &[], cx);
            classes(&text.class.0, cx)
        }
    }
}

fn quantiles(list: &List<Span>, cx: &mut Cx<'_>) -> Option<Durations> {
    let list = list.0.as_ref()?;
    if list.value.len() < 2 {
        let message =
            format!("{} quantiles: at least the least and the largest are needed", list.value.len());
        cx.error(list.mark, rules::EMPTY, message, "write `quantiles = [\"1 s\", \"10 min\", \"2 days\"]`");
        return None;
    }
    for pair in list.value.windows(2) {
        if pair[1].value < pair[0].value {
            let message = format!("quantiles fall from {:#} to {:#}", pair[0].value, pair[1].value);
            cx.error(pair[1].mark, rules::OUT_OF_RANGE, message, "write them in rising order");
        }
    }
    Some(Durations::Quantiles(list.value.iter().map(|given| given.value).collect()))
}

fn classes(rows: &[DurationsText], cx: &mut Cx<'_>) -> Option<Durations> {
    let mut classes: Vec<(u32, Durations)> = Vec::new();
    let mut complete = true;
    for (at, row) in rows.iter().enumerate() {
        let last = at + 1 == rows.len();
        let up_to = match &row.up_to {
            Some(up_to) => up_to.value,
            None if last => u32::MAX,
            None => {
                let message = "`up_to` is missing in a class that is not the last".to_string();
                cx.lack(row.mark, rules::MISSING_KEY, message, "write `up_to = 8`");
                complete = false;
                continue;
            }
        };
        if let Some((before, _)) = classes.last()
            && up_to <= *before
        {
            let message = format!("a class up to {up_to} after one up to {before}");
            let mark = row.up_to.as_ref().map_or(row.mark, |given| given.mark);
            cx.error(mark, rules::OUT_OF_RANGE, message, "write the classes by rising `up_to`");
        }
        match durations(row, true, cx) {
            Some(durations) => classes.push((up_to, durations)),
            None => complete = false,
        }
    }
    complete.then_some(Durations::BySize(classes))
}
