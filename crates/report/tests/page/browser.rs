//! The page in headless Chromium: opened from a file, with no network, on a wide and a narrow screen.

use super::{ABROAD, HOME, charts, render, results, scratch};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Chromium is, or why the test is left out.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&path).map(|folder| folder.join("chromium")).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no `chromium` in PATH; hint: `apt-get install chromium`");
    }
    found
}

/// What the page is once its script has run, what the browser logged, and its log of the network.
struct Opened {
    dom: String,
    log: String,
    network: String,
}

fn open(chromium: &Path, name: &str, page: &str, size: &str) -> Opened {
    let folder = scratch(&format!("browser-{name}"));
    let file = folder.join("page.html");
    fs::write(&file, page).unwrap();
    let network = folder.join("network.json");
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--window-size={size}"))
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--log-net-log={}", network.display()))
        .arg(format!("file://{}", file.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Opened {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
        network: fs::read_to_string(&network).unwrap_or_default(),
    }
}

/// What the page says about itself in an attribute of its root.
fn says(dom: &str, attribute: &str) -> Option<usize> {
    let root = dom.split('>').find(|tag| tag.trim_start().starts_with("<html"))?;
    root.split(&format!("data-{attribute}=\"")).nth(1)?.split('"').next()?.parse().ok()
}

/// How many requests a page made, by the log of the network: those that the browser makes for itself (its clock, its
/// updates) have no origin, those of a page from a file have the origin `null`.
fn asked_by_the_page(network: &str) -> usize {
    network.split("\"initiator\":\"").skip(1).filter(|rest| !rest.starts_with("not an origin\"")).count()
}

fn check(chromium: &Path, name: &str, page: &str, size: &str) {
    let opened = open(chromium, name, page, size);
    let expected = charts(page);
    assert!(expected > 0);
    assert_eq!(says(&opened.dom, "errors"), Some(0), "{name} {size}: {}", opened.log);
    assert_eq!(says(&opened.dom, "charts"), Some(expected), "{name} {size}");
    assert_eq!(says(&opened.dom, "drawn"), Some(expected), "{name} {size}");
    let console: Vec<&str> = opened.log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{name} {size}: {console:?}");
    assert!(opened.network.contains("\"constants\""), "{name} {size}: no log of the network was kept");
    assert_eq!(asked_by_the_page(&opened.network), 0, "{name} {size}: something was fetched");
}

#[test]
fn every_chart_is_drawn_and_nothing_is_fetched() {
    let Some(chromium) = chromium() else { return };
    let home = render(&results("open-home", HOME, &[]));
    check(&chromium, "home-wide", &home, "1280,900");
    check(&chromium, "home-narrow", &home, "360,800");
    let abroad = render(&results("open-abroad", ABROAD, &[]));
    check(&chromium, "abroad-wide", &abroad, "1280,900");
}

#[test]
fn the_test_sees_what_it_looks_for() {
    let Some(chromium) = chromium() else { return };
    let page = render(&results("open-spoiled", HOME, &[]));
    // A mark of no size, a script that the policy refuses and one picture from elsewhere: all are seen.
    let at = page.find("<path class=\"mark").unwrap();
    let end = at + page[at..].find("</svg>").unwrap();
    let spoiled = format!("{}{}", &page[..at], &page[end..]);
    let spoiled = spoiled.replace("</main>", "<img src=\"http://192.0.2.1/x.png\" alt=\"\"></main>");
    let opened = open(&chromium, "spoiled", &spoiled, "1280,900");
    assert_eq!(says(&opened.dom, "charts"), Some(charts(&page)));
    assert_eq!(says(&opened.dom, "drawn"), Some(charts(&page) - 1));
    assert!(
        opened.log.contains("CONSOLE") && opened.log.contains("Content Security Policy"),
        "{}",
        opened.log
    );
    // Without the policy the picture would be fetched, and the log of the network tells.
    let at = spoiled.find("<meta http-equiv").unwrap();
    let end = at + spoiled[at..].find('>').unwrap() + 1;
    let open_to_all = format!("{}{}", &spoiled[..at], &spoiled[end..]);
    let opened = open(&chromium, "open-to-all", &open_to_all, "1280,900");
    assert!(asked_by_the_page(&opened.network) > 0 && opened.network.contains("http://192.0.2.1/x.png"));
}
