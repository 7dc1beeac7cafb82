//! What agreements do besides offers: who may serve, and who answers for a lessee.

use super::*;
use twin::service::fact::ServiceFact;

/// A service of `third`, whose users two sites could serve: the lab of the host and the annex of the holder.
const SERVICE: &str = r#"
[site.annex]
latitude_deg = 2.0
longitude_deg = 2.0
operator = "holder"
systems = [{ system = "node", count = 8 }]
[region.users]
latitude_deg = 1.0
longitude_deg = 1.0
[surface.model]
accelerator = "gpu"
gpus = 8
tokens_in = 100
tokens_out = 100
point = [
    { concurrency = 1, ttft = "100 ms", tpot = "10 ms" },
    { concurrency = 64, ttft = "1 s", tpot = "30 ms" },
]
[service.api]
tenant = "of-third"
channel = "partners"
surfaces = ["model"]
ttft = "2 s"
tpot = "50 ms"
tokens_in = 100
tokens_out = 100
requests_per_hour = 20000.0
[agreement.only]
zone = "America/New_York"
[agreement.only.exclusivity]
beneficiary = "holder"
promised_by = "third"
from = "2026-01-10"
until = "2026-01-20"
"#;

/// The days of January on which each site held replicas of the service in some hour, and when it was barred and freed.
fn served(condition: &str) -> (Vec<i64>, Vec<i64>, Vec<(SimTime, bool)>) {
    let base =
        BASE.replace("300 days", "20 days").replace("[site.lab]\n", "[site.lab]\noperator = \"host\"\n");
    let text = format!("{base}{SERVICE}{condition}\n");
    let reading = read(&Origin::Text { name: "t.toml".into(), text }, &[]);
    let said: Vec<String> = reading.diagnostics.iter().map(ToString::to_string).collect();
    let world = reading.world.unwrap_or_else(|| panic!("{}", said.join("\n")));
    let (mut days, mut barred) = ([Vec::new(), Vec::new()], Vec::new());
    for (now, fact) in facts(&world, Vec::new()) {
        match fact {
            Fact::Service(ServiceFact::Replicas(hour)) if hour.replicas > 0 => {
                let site = usize::from(world.sites[hour.site.index()].key == "lab");
                // Hours of New York, where the agreement's days are.
                let day = (hour.hour - Span::HOUR * 5 - at("2025-12-31")).0 / Span::DAY.0;
                if days[site].last() != Some(&day) {
                    days[site].push(day);
                }
            }
            Fact::Agreement(AgreementFact::Serving { barred: is, .. }) => barred.push((now, is)),
            _ => {}
        }
    }
    let [annex, lab] = days;
    (lab, annex, barred)
}

#[test]
fn an_exclusivity_bars_who_runs_a_site_from_serving_what_it_covers() {
    let days = |from: i64, to: i64| (from..=to).collect::<Vec<i64>>();
    let (lab, annex, barred) = served("scope = \"product is api\"");
    // The lab is nearer, and serves before the tenth and from the twentieth on; between them the annex does.
    assert_eq!(barred, [(at("2026-01-10T05:00:00Z"), true), (at("2026-01-20T05:00:00Z"), false)]);
    assert_eq!(annex, days(10, 19));
    let free: Vec<i64> = days(4, 9).into_iter().chain(days(20, 24)).collect();
    assert_eq!(lab, free);
    // Another product, a channel that is left free, and a scope of the other site bar nothing.
    for condition in
        ["scope = \"product is search\"", "carve_out = \"channel is partners\"", "scope = \"site is annex\""]
    {
        let (lab, annex, barred) = served(condition);
        assert_eq!((lab, annex, barred), (days(4, 24), Vec::new(), Vec::new()), "{condition}");
    }
}

#[test]
fn a_guarantor_is_called_when_the_lessee_leaves() {
    let lease = "[agreement.lease.lease]\nlessor = \"host\"\nlessee = \"third\"\nsite = \"lab\"\n\
                 from = \"2025-07-01\"\nmonths = 60\nusd_per_month = 1000.0\ntermination_months = 6\n\
                 terminated = \"2026-02-10\"\n[agreement.behind]\nzone = \"America/New_York\"\n\
                 [agreement.behind.backstop]\nguarantor = \"holder\"\nlease = \"lease\"\n";
    let play = |more: &str| {
        let world = world(&(lease.to_string() + more));
        let only = |(now, fact)| match fact {
            AgreementFact::Backstop { fact, .. } => Some((now, fact)),
            _ => None,
        };
        agreed(&world).into_iter().filter_map(only).collect::<Vec<(SimTime, BackstopFact)>>()
    };
    let (party, amount) = (agreement::refusal::Party(0), Money(6_000 * Money::PER_USD));
    let called = at("2026-02-10");
    let deadline = at("2026-03-12T04:00:00Z");
    let holder = |fact: &BackstopFact| match *fact {
        BackstopFact::FeeDue { amount, by_silence, .. } => BackstopFact::FeeDue { party, amount, by_silence },
        BackstopFact::SteppedIn { .. } => BackstopFact::SteppedIn { party },
        other => other,
    };
    let silent = play("notice = \"30 days\"\n");
    let due = BackstopFact::FeeDue { party, amount, by_silence: true };
    assert_eq!(silent[0], (called, BackstopFact::Called { deadline: silent[1].0 }));
    assert_eq!(holder(&silent[1].1), due);
    assert_eq!(
        silent[1].0, deadline,
        "thirty days after the ninth, which it is in New York when the lessee leaves"
    );
    let steps = play("notice = \"30 days\"\nchooses = \"step_in\"\nchooses_after = \"5 days\"\n");
    assert_eq!((steps[1].0, holder(&steps[1].1)), (at("2026-02-15"), BackstopFact::SteppedIn { party }));
    // Too late is silence: what it chooses afterwards has no effect.
    let late = play("notice = \"30 days\"\nchooses = \"step_in\"\nchooses_after = \"40 days\"\n");
    assert_eq!((late[1].0, holder(&late[1].1)), (deadline, due));
    assert_eq!(late[2], (called + Span::DAY * 40, BackstopFact::Refused));
}
