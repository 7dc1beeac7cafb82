//! What stands on the page, without a browser.

use super::{ABROAD, HOME, charts, render, results, scratch};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn the_same_tables_give_the_same_bytes() {
    let folder = results("same", HOME, &[]);
    let first = render(&folder);
    // The manifest may name the page itself once it is written.
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let output = r#""outputs": [{"name": "report.html", "rows": null, "bytes": 1, "sha256": "00"},"#;
    let with_page = manifest.replacen(r#""outputs": ["#, output, 1);
    assert_ne!(manifest, with_page);
    fs::write(folder.join("manifest.json"), with_page).unwrap();
    assert!(first == render(&folder), "a second rendering differs");
    let again = render(&results("same-again", HOME, &[]));
    assert!(first == again, "a second run elsewhere differs");
}

#[test]
fn nothing_on_the_page_comes_from_elsewhere() {
    for (name, text) in [("elsewhere", HOME), ("elsewhere-abroad", ABROAD)] {
        let page = render(&results(name, text, &[]));
        let lower = page.to_lowercase();
        for attribute in
            ["src=", "href=\"http", "href=\"//", "url(", "@import", "<link", "<iframe", "<img", "srcset"]
        {
            // What a scenario says may contain the word, escaped; an attribute follows a letter or a quote in a tag.
            let found = lower.match_indices(attribute).find(|(at, _)| {
                let before = &lower[..*at];
                before.rfind('<') > before.rfind('>')
            });
            assert_eq!(found, None, "{name}: {attribute}");
        }
        assert!(page.contains("default-src 'none'"));
        let folder = env!("CARGO_TARGET_TMPDIR");
        assert!(!page.contains(folder), "{name}: the page names a folder of this machine");
    }
}

#[test]
fn names_from_a_scenario_stay_text() {
    let page = render(&results("markup", ABROAD, &[]));
    assert_eq!(page.matches("<script").count(), 2, "the data and the script of the page");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<b>Abilene") && page.contains("&lt;b&gt;Abilene&lt;/b&gt; &amp; &quot;Co&quot;"));
    assert!(!page.contains("<img"));
}

#[test]
fn every_figure_has_its_own_name_and_a_table() {
    let page = render(&results("names", HOME, &[]));
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let different: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), different.len(), "{ids:?}");
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(different.contains(link), "a link to `{link}`, which is not there");
    }
    let figures: Vec<&str> =
        page.split("<figure").skip(1).filter_map(|rest| rest.split("</figure>").next()).collect();
    assert_eq!(figures.len(), charts(&page));
    for figure in &figures {
        for part in ["<h3>", "<figcaption>", "<table>", "aria-label=\"", "class=\"mark"] {
            assert!(figure.contains(part), "no {part} in {}", &figure[..80]);
        }
    }
    // One for the map, two of capacity, the network and three sites, allocation, three of queues, two of waits, sizes,
    // tenants, three of failures, provenance.
    assert_eq!(figures.len(), 19);
    let without = render(&results("no-failures", ABROAD, &[]));
    assert!(page.contains("id=\"failures\"") && !without.contains("id=\"failures\""));
}

#[test]
fn the_paragraph_and_the_verdicts_say_what_the_tables_say() {
    let folder = results("said", HOME, &[]);
    let page = render(&folder).replace('\u{a0}', " ");
    let run = report::Run::read(&folder).unwrap();
    let submitted = run.result("jobs_submitted").unwrap() as u64;
    let thousands = format!("{},{:03}", submitted / 1000, submitted % 1000);
    assert!(page.contains(&format!("of {thousands} jobs finished")), "{thousands}");
    assert!(
        page.contains("✗ fails")
            && page.contains("✓ holds")
            && page.contains("1 of 2 expectations of the scenario failed")
    );
    assert!(page.contains("2 Mar 2026 to 1 Apr 2026 (30 days)"));
    assert!(
        page.contains("3 of 4 blocks") || page.contains("4 of 5 blocks"),
        "one block is not energised in time"
    );
    assert!(
        page.contains("stargate run scenario.toml --set &#39;a=b c&#39;"),
        "the command, quoted for a shell"
    );
    assert!(page.contains("fragmentation gradient descent"));
}

#[test]
fn a_long_run_of_many_sites_stays_a_small_page() {
    let mut text = HOME.replace("\"30 days\"", "\"1100 days\"").replace("per_hour = 20", "per_hour = 0.5");
    for site in 0..60 {
        text.push_str(&format!(
            "\n[site.more-{site}]\nlatitude_deg = {}\nlongitude_deg = {}\nsystems = [{{ system = \"hgx\", count = {} }}]\n",
            30 + site % 15,
            -115 + site / 2,
            1 + site % 7,
        ));
    }
    let page = render(&results("many", &text, &[]));
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(page.contains("The 12 largest sites are drawn"));
    let longest = page.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::len).max();
    assert!(longest < Some(40_000), "{longest:?}");
}

#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let folder = results("written", HOME, &[]);
    let path = folder.join(report::FILE_NAME);
    report::write(&folder, &report::Options::default(), &path).unwrap();
    assert!(fs::read_to_string(&path).unwrap() == render(&folder));
    assert!(!folder.join("report.html.partial").exists());
    let nowhere = scratch("written-nowhere").join("no/such/folder/page.html");
    let error = report::write(&folder, &report::Options::default(), &nowhere).unwrap_err();
    assert!(error.to_string().starts_with("cannot write `"), "{error}");
}
