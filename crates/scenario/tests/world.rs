//! What a text means: the world that comes of it.
#![allow(clippy::unwrap_used)]

use base::{SimTime, Span};
use scenario::world::{Backfill, FigureKind, JobSource, World};
use scenario::{Origin, Reading, read};
use std::fs;
use std::path::PathBuf;
use trace::synthetic::{Durations, Factor, Gaps, Sizes};

const BASE: &str = include_str!("../rules/base.toml");

fn read_text(text: &str, sets: &[&str]) -> Reading {
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    read(&Origin::Text { name: "test.toml".into(), text: text.into() }, &sets)
}

fn world_with(text: &str, sets: &[&str]) -> World {
    let reading = read_text(text, sets);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")))
}

fn base_with(sets: &[&str]) -> World {
    world_with(BASE, sets)
}

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("scenario-world-{name}-{}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    for (file, text) in files {
        fs::write(path.join(file), text).unwrap();
    }
    path
}

#[test]
fn the_base_is_what_it_says() {
    let world = base_with(&[]);
    assert_eq!(world.start, SimTime::parse("2026-01-05").unwrap());
    assert_eq!(world.end - world.start, Span::DAY * 7);
    let keys: Vec<&str> = world.sites.iter().map(|site| site.key.as_str()).collect();
    assert_eq!(keys, ["annex", "lab"]);
    assert_eq!(world.blocks[0].key, "all");
    // 100 kW hold nine systems of 10.2 kW.
    assert_eq!(world.blocks[0].equipment, [(base::id::SystemId(0), 9)]);
    assert_eq!(world.blocks[1].equipment, [(base::id::SystemId(0), 16)]);
    assert_eq!(world.blocks[1].it_power.mw(), 0.2);
    assert_eq!(world.systems[0].scale_up_domain, 8);
    assert_eq!(world.systems[0].memory_mib, 0, "not modelled");
    assert_eq!(world.accelerators, ["h100"]);
    assert_eq!(world.policy.backfill, Backfill::Easy { depth: None });
    assert!(world.figures.iter().all(|figure| figure.kind == FigureKind::Assumed));
}

/// Sections may stand in any order: only what they say counts.
#[test]
fn the_order_of_the_file_changes_nothing() {
    let mut sections: Vec<String> = Vec::new();
    for line in BASE.lines() {
        if line.starts_with('[') || sections.is_empty() {
            sections.push(String::new());
        }
        let last = sections.last_mut().unwrap();
        last.push_str(line);
        last.push('\n');
    }
    let head = sections.remove(0);
    let without_places = |mut world: World| {
        world.figures.clear();
        world
    };
    let straight = without_places(base_with(&[]));
    sections.reverse();
    let turned = without_places(world_with(&(head + &sections.concat()), &[]));
    assert_eq!(straight, turned);
}

#[test]
fn a_site_scales_its_blocks_in_proportion() {
    let text = format!("{BASE}\n[site.lab.block.hall-2]\nit_mw = 0.6\nfill = \"dgx-h100\"\n");
    let world = world_with(&text, &["site.lab.it_mw=0.4"]);
    let lab = &world.sites[1];
    let mw: Vec<f64> = lab.block_ids().map(|id| world.blocks[id.index()].it_power.mw()).collect();
    assert!((mw[0] - 0.1).abs() < 1e-12 && (mw[1] - 0.3).abs() < 1e-12, "{mw:?}");
    let counts: Vec<u32> = lab.block_ids().map(|id| world.blocks[id.index()].equipment[0].1).collect();
    // Half of 16 systems; 300 kW filled with 10.2 kW each.
    assert_eq!(counts, [8, 29]);
}

#[test]
fn blocks_without_power_share_what_the_others_leave() {
    let text = format!(
        "{BASE}\n[site.lab.block.hall-2]\nfill = \"dgx-h100\"\n[site.lab.block.hall-3]\nfill = \"dgx-h100\"\n"
    );
    let world = world_with(&text, &["site.lab.it_mw=1.0"]);
    let mw: Vec<f64> = world.sites[1].block_ids().map(|id| world.blocks[id.index()].it_power.mw()).collect();
    assert_eq!(mw, [0.2, 0.4, 0.4]);
}

#[test]
fn the_builtin_shrinks_to_sixty_megawatts() {
    let reading = read(&Origin::Builtin("abilene".into()), &["site.abilene.it_mw=60".into()]);
    let world = reading.world.unwrap();
    let abilene = world.sites.iter().find(|site| site.key == "abilene").unwrap();
    let sum: f64 = abilene.block_ids().map(|id| world.blocks[id.index()].it_power.mw()).sum();
    assert!((sum - 60.0).abs() < 1e-9, "{sum}");
}

#[test]
fn sets_change_values_words_and_rows() {
    let text = format!("{BASE}\n[[expect]]\nmetric = \"utilisation\"\nat_least = 0.1\n");
    let world = world_with(
        &text,
        &[
            "policy.placement=fgd",
            "horizon.length=90 min",
            "expect.0.at_least=0.2",
            "name=a name",
            "seed=0x10",
            "workload.jobs.durations={ distribution = \"constant\", mean = \"1 h\" }",
        ],
    );
    assert_eq!(world.policy.placement, scenario::world::Placement::Fgd);
    assert_eq!(world.end - world.start, Span::from_seconds(5400));
    assert_eq!(world.expectations[0].at_least, Some(0.2));
    assert_eq!((world.name.as_str(), world.seed), ("a name", 16));
    let JobSource::Synthetic(synthetic) = &world.workloads[0].source else { panic!("synthetic") };
    assert_eq!(synthetic.durations, Durations::Constant(Span::HOUR));
    let figure = world.figures.iter().find(|figure| figure.path == "expect.0.at_least").unwrap();
    assert_eq!((figure.value.as_str(), figure.place.as_str()), ("0.2", "--set:1"));
}

#[test]
fn figures_know_where_they_come_from() {
    let text = BASE
        .replace("[site.annex]\n", "[site.annex]\nsource = \"a map\"\nkind = \"derived\"\n")
        .replace("it_mw = 0.1\n", "it_mw = { value = 0.1, source = \"a meter\", kind = \"measured\" }\n")
        .replace("power_kw = 10.2", "power_kw = { value = 10.2, source = \"a data sheet\" }");
    let figure = |world: &World, path: &str| {
        let found =
            world.figures.iter().find(|figure| figure.path == path).unwrap_or_else(|| panic!("{path}"));
        (found.value.clone(), found.kind, found.source.clone().unwrap_or_default())
    };
    let world = world_with(&text, &["site.annex.longitude_deg=-98"]);
    assert_eq!(
        figure(&world, "site.annex.latitude_deg"),
        ("31.0".into(), FigureKind::Derived, "a map".into())
    );
    assert_eq!(figure(&world, "site.annex.it_mw"), ("0.1".into(), FigureKind::Measured, "a meter".into()));
    assert_eq!(
        figure(&world, "system.dgx-h100.power_kw"),
        ("10.2".into(), FigureKind::Published, "a data sheet".into())
    );
    // What is set from outside does not borrow the source of the file.
    assert_eq!(
        figure(&world, "site.annex.longitude_deg"),
        ("-98".into(), FigureKind::Assumed, String::new())
    );
    assert_eq!(figure(&world, "workload.jobs.sizes.weights").0, "{ 1 = 0.5, 8 = 0.5 }");
    let places: Vec<&String> = world.figures.iter().map(|figure| &figure.place).collect();
    let line = |place: &str| place.rsplit(':').next().unwrap().parse::<u32>().unwrap();
    let lines: Vec<u32> =
        places.iter().filter(|place| place.starts_with("test")).map(|place| line(place)).collect();
    assert!(lines.is_sorted(), "in the order of the file");
}

#[test]
fn files_extend_and_include_each_other() {
    let path = folder(
        "extends",
        &[
            ("base.toml", BASE),
            ("extra.toml", "[tenant.guest]\nweight = 2.0\n"),
            (
                "child.toml",
                "extends = \"base.toml\"\ninclude = [\"extra.toml\", \"extra.toml\", \"builtin:systems\"]\n\
                 remove = [\"site.lab\"]\n[horizon]\nend = \"2026-01-06\"\n\
                 [site.annex]\nsystems = [{ system = \"dgx-h200\", count = 2 }]\n",
            ),
        ],
    );
    let reading = read(&Origin::File(path.join("child.toml")), &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    let world = reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")));
    assert_eq!(world.end, SimTime::parse("2026-01-06").unwrap(), "`end` replaces `length`");
    assert_eq!(world.sites.len(), 1);
    assert_eq!(world.systems.len(), 1, "only what stands somewhere");
    assert_eq!(world.systems[0].key, "dgx-h200");
    assert_eq!(world.systems[0].accelerator_memory_gb, 141.0);
    assert_eq!(world.tenants.len(), 2);
    let names: Vec<String> =
        reading.files.iter().map(|file| file.path.rsplit('/').next().unwrap().to_string()).collect();
    assert_eq!(names, ["child.toml", "extra.toml", "builtin:systems", "base.toml"]);
    assert!(reading.files.iter().all(|file| file.sha256.len() == 64));
    assert!(
        world.figures.iter().all(|figure| !figure.path.contains("gb300")),
        "figures that bear on nothing"
    );
    let _ = fs::remove_dir_all(path);
}

#[test]
fn a_node_list_becomes_systems_by_shape() {
    let list = "sn,cpu_milli,memory_mib,gpu,model\n\
        a,96000,393216,8,V100M32\nb,96000,393216,8,V100M32\nc,32000,262144,0,\nd,64000,262144,2,T4\n";
    let text = format!(
        "{}\n[accelerator.T4]\npower_w = 70\nmemory_gb = 16\n",
        BASE.replace("it_mw = 0.1\nfill = \"dgx-h100\"", "nodes = \"nodes.csv\"")
    );
    let path = folder("nodes", &[("scenario.toml", &text), ("nodes.csv", list)]);
    let reading = read(&Origin::File(path.join("scenario.toml")), &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    let world = reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")));
    assert_eq!(world.accelerators, ["T4", "V100M32", "h100"]);
    let annex = &world.blocks[world.sites[0].block_ids().next().unwrap().index()];
    let found: Vec<(&str, u32, u32, u32)> = annex
        .equipment
        .iter()
        .map(|(id, count)| (&world.systems[id.index()], *count))
        .map(|(system, count)| (system.key.as_str(), system.accelerators_per_node, system.cpu_milli, count))
        .collect();
    assert_eq!(
        found,
        [
            ("cpu-0x-32c-256g", 0, 32000, 1),
            ("t4-2x-64c-256g", 2, 64000, 1),
            ("v100m32-8x-96c-384g", 8, 96000, 2)
        ]
    );
    assert_eq!(annex.it_power.watts(), 140.0);
    assert!(reading.files.iter().any(|file| file.path.ends_with("nodes.csv")));

    fs::write(path.join("nodes.csv"), list.replace("64000", "many")).unwrap();
    let reading = read(&Origin::File(path.join("scenario.toml")), &[]);
    let diagnostic = reading.diagnostics.iter().next().unwrap();
    assert_eq!(diagnostic.place.as_ref().unwrap().line, 5, "{diagnostic}");
    assert!(reading.world.is_none());
    let _ = fs::remove_dir_all(path);
}

/// The published node list, where it is at hand.
#[test]
fn the_openb_nodes_are_read() {
    let list =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/gpu_jobs/openb_node_list_gpu_node.csv");
    if !std::path::Path::new(list).exists() {
        println!("skipped: {list} is not there");
        return;
    }
    let text = BASE.replace("it_mw = 0.1\nfill = \"dgx-h100\"", &format!("nodes = \"{list}\""));
    let world = world_with(&text, &[]);
    let block = &world.blocks[0];
    let nodes: u32 = block.equipment.iter().map(|(_, count)| count).sum();
    let gpus: u32 =
        block.equipment.iter().map(|(id, n)| n * world.systems[id.index()].accelerators_per_node).sum();
    // 1,213 nodes and 6,212 accelerators (Weng et al., USENIX ATC 2023).
    assert_eq!((nodes, gpus), (1213, 6212));
}

#[test]
fn every_distribution_is_read() {
    let synthetic = |sizes: &str, durations: &str, gaps: &str| {
        let head = BASE.split("[workload.jobs]").next().unwrap();
        let text = format!(
            "{head}[workload.jobs]\ntenant = \"research\"\nestimate_up_to = 3.0\ncores_per_gpu = 1.5\n\
             [workload.jobs.arrivals]\nper_hour = 2\n{gaps}\n[workload.jobs.sizes]\n{sizes}\n\
             [workload.jobs.durations]\n{durations}\n"
        );
        match world_with(&text, &[]).workloads.remove(0).source {
            JobSource::Synthetic(synthetic) => synthetic,
            JobSource::Trace { .. } => panic!("synthetic"),
        }
    };
    let read = synthetic(
        "distribution = \"power_of_two\"\nmedian = 4\nsigma = 1.0\nmost = 64",
        "distribution = \"weibull\"\nscale = \"1 h\"\nshape = 0.5\nmost = \"2 days\"",
        "gaps = \"gamma\"\ncv = 2.0",
    );
    assert_eq!(read.sizes, Sizes::PowerOfTwo { median: 4.0, sigma: 1.0, most: 64 });
    assert_eq!(read.durations, Durations::Weibull { scale: Span::HOUR, shape: 0.5, most: Span::DAY * 2 });
    assert_eq!(read.arrivals.gaps, Gaps::Gamma { cv: 2.0 });
    assert_eq!(read.estimate_factor, Some(Factor::Uniform { most: 3.0 }));
    assert_eq!(read.cpu_milli_per_gpu, 1500);
    let read = synthetic(
        "distribution = \"weighted\"\nweights = { 8 = 1, 1 = 3 }",
        "distribution = \"by_size\"\n[[workload.jobs.durations.class]]\nup_to = 4\ndistribution = \"constant\"\n\
         mean = \"1 h\"\n[[workload.jobs.durations.class]]\ndistribution = \"quantiles\"\n\
         quantiles = [\"1 s\", \"1 h\"]",
        "gaps = \"weibull\"\nshape = 0.5\nday_of_week = [1, 1, 1, 1, 1, 0, 0]",
    );
    assert_eq!(read.sizes, Sizes::Weighted(vec![(1, 3.0), (8, 1.0)]));
    let second = Durations::Quantiles(vec![Span::SECOND, Span::HOUR]);
    assert_eq!(
        read.durations,
        Durations::BySize(vec![(4, Durations::Constant(Span::HOUR)), (u32::MAX, second)])
    );
    assert_eq!(read.arrivals.day_of_week, Some([1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]));
}

/// What a fit prints is what the reader reads.
#[test]
fn a_synthetic_stream_survives_its_text_form() {
    let world = read(&Origin::Builtin("abilene".into()), &[]).world.unwrap();
    let head = BASE.split("[workload.jobs]").next().unwrap();
    for workload in &world.workloads {
        let JobSource::Synthetic(synthetic) = &workload.source else { continue };
        let text = format!("{head}{}", trace::to_toml(synthetic, "again"));
        let again = world_with(&text, &[]);
        assert_eq!(again.workloads[0].source, workload.source, "{}", workload.key);
    }
}

#[test]
fn traces_are_found_beside_the_file_that_names_them() {
    let head = BASE.split("[workload.jobs]").next().unwrap();
    let text = format!("{head}[workload.log]\ntrace = \"jobs.swf.gz\"\ntime_scale = 0.5\nrepeat = 3\n");
    let path = folder("traces", &[("scenario.toml", &text), ("jobs.swf.gz", "")]);
    let world = read(&Origin::File(path.join("scenario.toml")), &[]).world.unwrap();
    let wanted =
        JobSource::Trace { path: path.join("jobs.swf.gz"), format: "swf".into(), time_scale: 0.5, repeat: 3 };
    assert_eq!(world.workloads[0].source, wanted);
    let _ = fs::remove_dir_all(path);
}

#[test]
fn one_mistake_is_one_message() {
    // Each value of the base made wrong in turn: what follows from the mistake is not said.
    let lines: Vec<&str> = BASE.lines().collect();
    for at in 0..lines.len() {
        let Some((key, _)) = lines[at].split_once(" = ") else { continue };
        for wrong in ["wrong_key = 1".to_string(), format!("{key} = nan")] {
            let mut changed = lines.clone();
            changed[at] = &wrong;
            let reading = read_text(&changed.join("\n"), &[]);
            let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
            let errors = reading.diagnostics.count(base::Severity::Error);
            // A key of another name leaves the right one missing where it must be there.
            let most = if wrong.starts_with("wrong") { 2 } else { 1 };
            assert!((1..=most).contains(&errors), "{wrong} for {}:\n{}", lines[at], said.join("\n"));
            assert!(said.iter().all(|line| !line.contains("warning")), "{}", said.join("\n"));
        }
    }
}

/// Rule and severity of all that is said.
fn said(text: &str) -> Vec<String> {
    let all = read_text(text, &[]).diagnostics;
    all.iter().map(|one| format!("{} {:?} {}", one.rule.code, one.severity, one.message)).collect()
}

#[test]
fn keys_that_would_do_nothing_are_told() {
    let base = said(BASE);
    let new = |more: &str| -> Vec<String> {
        said(&format!("{BASE}\n{more}")).into_iter().filter(|one| !base.contains(one)).collect()
    };
    let path = folder("nothing", &[("jobs.csv", "submit_s,runtime_s,gpu\n0,10,1\n")]);
    let trace = format!("[workload.logged]\ntrace = {:?}\n", path.join("jobs.csv"));
    assert_eq!(new(&trace), [""; 0]);
    for key in ["cores_per_gpu", "memory_gib_per_gpu"] {
        let told = new(&format!("{trace}{key} = 4\n"));
        assert_eq!(told, [format!("S026 Error `{key}` in a workload with a `trace`")]);
    }
    let fixed = "[site.lab.power]\ngrid = [{ mw = 1.0 }]\nusd_per_mwh = 40\n";
    assert!(!new(fixed).iter().any(|one| one.starts_with("S026")));
    let told = new(&format!("{fixed}adder_usd_per_mwh = 5\n"));
    assert!(told.iter().any(|one| one.starts_with("S026 Warning `adder_usd_per_mwh` beside")), "{told:?}");
}

#[test]
fn a_depth_of_a_backfill_that_is_none_is_told() {
    let told = |sets: &[&str]| {
        let all = read_text(BASE, sets).diagnostics;
        all.iter()
            .filter(|one| one.message.contains("`backfill_depth`"))
            .map(|one| one.rule.code)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&["policy.backfill=none", "policy.backfill_depth=20"]), ["S026"]);
    assert_eq!(told(&["policy.backfill=easy", "policy.backfill_depth=20"]), [""; 0]);
    assert_eq!(told(&["policy.backfill=none"]), [""; 0]);
}
