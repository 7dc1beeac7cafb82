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
    words(dom, attribute).parse().ok()
}

/// The same in words: empty where it says nothing.
fn words<'d>(dom: &'d str, attribute: &str) -> &'d str {
    let root = dom.split('>').find(|tag| tag.trim_start().starts_with("<html")).unwrap_or_default();
    let value = root.split(&format!("data-{attribute}=\"")).nth(1).unwrap_or_default();
    value.split('"').next().unwrap_or_default()
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

/// The page with a script of the test in the place of its content policy.
fn probed(page: &str, script: &str) -> String {
    let at = page.find("<meta http-equiv").unwrap();
    let end = at + page[at..].find('>').unwrap() + 1;
    let page = format!("{}{}", &page[..at], &page[end..]);
    page.replace("</body>", &format!("<script>{script}</script></body>"))
}

/// Counts the pairs of map labels that overlap, the labels that leave the map, the plots that answer to a pointer and
/// to the keyboard, and by how much the page is wider than its window.
const PROBE: &str = r#"
    const root = document.documentElement;
    const shown = (what) =>
        [...document.querySelectorAll(what)].map((part) => part.getBoundingClientRect()).filter((box) => box.width > 0);
    const boxes = shown(".map .place");
    const map = document.querySelector(".map").getBoundingClientRect();
    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
    let overlaps = 0;
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => { if (!apart(a, b)) overlaps += 1; }));
    root.dataset.labels = boxes.length;
    root.dataset.numbers = shown(".map .number").length;
    root.dataset.overlaps = overlaps;
    root.dataset.outside = boxes.filter((a) => a.left < map.left || a.right > map.right || a.top < map.top).length;
    const plots = [...document.querySelectorAll(".plot")];
    const answers = (plot) => { const tip = plot.querySelector(".tip"); return tip && !tip.hidden && tip.textContent.length > 8; };
    let pointed = 0, typed = 0;
    for (const plot of plots) {
        const box = plot.getBoundingClientRect();
        plot.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + box.width * 0.4, clientY: box.top + 9 }));
        if (answers(plot)) pointed += 1;
        plot.dispatchEvent(new PointerEvent("pointerleave"));
        if (answers(plot)) pointed = -1000;
        plot.dispatchEvent(new KeyboardEvent("keydown", { key: "End" }));
        if (answers(plot)) typed += 1;
    }
    root.dataset.plots = plots.length;
    root.dataset.pointed = pointed;
    root.dataset.typed = typed;
    root.dataset.wider = Math.max(0, Math.ceil(root.scrollWidth - root.clientWidth));
    root.dataset.beyond = [...document.body.querySelectorAll("*")]
        .filter((part) => !part.closest(".table, pre, svg") && part.getBoundingClientRect().right > root.clientWidth + 0.01)
        .map((part) => `${part.tagName}.${part.className}: ${part.textContent.slice(0, 40)}`).join("; ").replace(/["<>=]/g, " ");
"#;

#[test]
fn labels_stay_apart_and_every_plot_can_be_read_off() {
    let Some(chromium) = chromium() else { return };
    let page = probed(&render(&results("probed", ABROAD, &[])), PROBE);
    // Names where they have room, else the numbers of the table's rows.
    for (size, labels) in [("1280,900", 9), ("900,900", 9), ("710,900", 9), ("500,900", 0), ("390,900", 0)] {
        let opened = open(&chromium, "probed", &page, size);
        let said = |attribute| says(&opened.dom, attribute);
        assert_eq!((said("labels"), said("numbers")), (Some(labels), Some(9 - labels)), "{size}");
        assert_eq!((said("overlaps"), said("outside")), (Some(0), Some(0)), "{size}");
        assert!(said("plots") > Some(10));
        assert_eq!((said("pointed"), said("typed")), (said("plots"), said("plots")), "{size}");
        assert_eq!(said("wider"), Some(0), "{size}: beyond the window: {}", words(&opened.dom, "beyond"));
        assert_eq!(said("errors"), Some(0), "{size}");
    }
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
    let opened = open(&chromium, "open-to-all", &probed(&spoiled, ""), "1280,900");
    assert!(asked_by_the_page(&opened.network) > 0 && opened.network.contains("http://192.0.2.1/x.png"));
}
