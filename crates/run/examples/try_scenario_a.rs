//! scratch
use std::ops::ControlFlow;
struct O;
impl run::Observer for O {
    fn instant(&mut self, _: &run::Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    let reading = scenario::read(&scenario::Origin::parse(&args[1]), &args[2..]);
    println!("read {:?}", t.elapsed());
    for d in reading.diagnostics.iter() {
        println!("{d}");
    }
    let Some(world) = reading.world else { return };
    for (b, n) in world.sites.iter().map(|s| {
        (
            s.key.clone(),
            s.block_ids()
                .map(|b| world.blocks[b.index()].equipment.iter().map(|(_, c)| c * 72).sum::<u32>())
                .sum::<u32>(),
        )
    }) {
        println!("{b} {n}");
    }
    let t = std::time::Instant::now();
    let _ = std::fs::remove_dir_all("/tmp/try_scenario_a");
    let out = run::execute(
        &world,
        &reading.files,
        &run::Options { out: "/tmp/try_scenario_a".into(), ..Default::default() },
        &mut O,
    );
    println!("run {:?}", t.elapsed());
    match out {
        Ok(run::Outcome::Finished(f)) => {
            println!("{:?}", f.verdicts);
            for s in &f.summary.parts {
                println!("{:?}", s.scope);
                for (n, v) in &s.values {
                    if let Some(v) = v {
                        if *v != 0.0 {
                            print!(" {n}={v:.4}");
                        }
                    }
                }
                println!();
            }
        }
        other => println!("{other:?}"),
    }
}
