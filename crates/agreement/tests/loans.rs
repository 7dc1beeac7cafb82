//! Laws of loans that no published case covers: closed forms, conservation, prepayment, fees, refusals.
#![allow(clippy::unwrap_used)]

use agreement::loan::{Event, EventKind, Loan, Observations, Terms, cash_flows, parse_time};
use proptest::prelude::*;

fn terms(pairs: &[(&'static str, &str)]) -> Result<Terms, base::Diagnostics> {
    let mut all = vec![
        ("contractRole", "RPA"),
        ("statusDate", "2024-12-31T00:00:00"),
        ("initialExchangeDate", "2025-01-01T00:00:00"),
        ("notionalPrincipal", "1000000"),
        ("nominalInterestRate", "0.06"),
        ("dayCountConvention", "30E360"),
        ("cycleAnchorDateOfPrincipalRedemption", "2025-02-01T00:00:00"),
        ("cycleOfPrincipalRedemption", "P1ML1"),
        ("cycleAnchorDateOfInterestPayment", "2025-02-01T00:00:00"),
        ("cycleOfInterestPayment", "P1ML1"),
    ];
    all.retain(|(name, _)| pairs.iter().all(|(other, _)| other != name));
    all.extend(pairs.iter().filter(|(_, value)| !value.is_empty()));
    Terms::from_actus(all)
}

fn flows(pairs: &[(&'static str, &str)]) -> Vec<Event> {
    cash_flows(&terms(pairs).unwrap(), &Observations::default(), None).unwrap()
}

fn sum(events: &[Event], kind: EventKind) -> f64 {
    events.iter().filter(|e| e.kind == kind).map(|e| e.payoff).sum()
}

#[test]
fn an_annuity_is_that_of_the_textbook() {
    // 360 months at 0.5 %: payment = n r / (1 - (1 + r)^-360) = 5,995.51 on a million (any table of mortgages).
    let events = flows(&[("contractType", "ANN"), ("maturityDate", "2055-01-01T00:00:00")]);
    let first: f64 =
        events.iter().filter(|e| e.time == parse_time("2025-02-01").unwrap()).map(|e| e.payoff).sum();
    let closed = 1e6 * 0.005 / (1.0 - libm::pow(1.005, -360.0));
    assert!((first - closed).abs() < 1e-6, "{first} {closed}");
    assert!((closed - 5995.51).abs() < 0.005);
    let last: f64 = events.iter().rev().take(2).map(|e| e.payoff).sum();
    assert!((last - closed).abs() < 1e-5, "{last}");
}

#[test]
fn a_prepayment_makes_payments_smaller_or_the_loan_shorter() {
    let base = [("contractType", "ANN"), ("maturityDate", "2030-01-01T00:00:00")];
    let paid_on = |effect: &'static str, on: &str| {
        let mut loan = Loan::new(terms(&[base[0], base[1], ("prepaymentEffect", effect)]).unwrap()).unwrap();
        assert!(loan.prepay(parse_time("2026-06-15").unwrap(), 400_000.0));
        let (mut events, none) = (Vec::new(), Observations::default());
        while let Some(event) = loan.step(&none) {
            events.push(event.unwrap());
        }
        assert_eq!(sum(&events, EventKind::Prepayment), 400_000.0);
        let principal = sum(&events, EventKind::Redemption) + sum(&events, EventKind::Maturity) + 400_000.0;
        assert!((principal - 1e6).abs() < 1e-6, "{principal}");
        let at = parse_time(on).unwrap();
        events.iter().filter(|e| e.time == at).map(|e| e.payoff).sum::<f64>()
    };
    let plain: f64 =
        flows(&base).iter().filter(|e| e.time == parse_time("2027-01-01").unwrap()).map(|e| e.payoff).sum();
    assert!((paid_on("M", "2027-01-01") - plain).abs() < 1e-6);
    assert!(paid_on("M", "2029-12-01").abs() < 1e-9, "paid back before");
    assert!(paid_on("A", "2027-01-01") < 0.6 * plain);
    assert!(paid_on("A", "2029-12-01") > 1000.0);
    let mut refused = Loan::new(terms(&base).unwrap()).unwrap();
    assert!(!refused.prepay(parse_time("2026-06-15").unwrap(), 1.0));
}

#[test]
fn penalties_and_fees_are_paid() {
    let pairs = [
        ("contractType", "PAM"),
        ("maturityDate", "2026-01-01T00:00:00"),
        ("prepaymentEffect", "M"),
        ("penaltyType", "A"),
        ("penaltyRate", "250"),
        ("feeRate", "0.01"),
        ("feeBasis", "N"),
        ("cycleAnchorDateOfFee", "2025-07-01T00:00:00"),
        ("cycleOfFee", "P6ML1"),
    ];
    let mut loan = Loan::new(terms(&pairs).unwrap()).unwrap();
    loan.prepay(parse_time("2025-04-01").unwrap(), 500_000.0);
    let mut events = Vec::new();
    while let Some(event) = loan.step(&Observations::default()) {
        events.push(event.unwrap());
    }
    assert_eq!(sum(&events, EventKind::Penalty), 250.0);
    // One per cent a year: three months on a million and three on half; then six on half, paid with the last fee.
    assert!((sum(&events, EventKind::Fee) - (2500.0 + 1250.0 + 2500.0)).abs() < 1e-9, "{events:?}");
    let half_year = pairs.map(|(name, value)| if name == "feeBasis" { (name, "A") } else { (name, value) });
    assert_eq!(sum(&flows(&half_year), EventKind::Fee), 0.02);
}

#[test]
fn the_amount_of_an_event_is_rounded_to_the_micro_dollar() {
    let events = flows(&[
        ("contractType", "PAM"),
        ("maturityDate", "2026-01-01T00:00:00"),
        ("dayCountConvention", "A365"),
    ]);
    let interest = events.iter().find(|e| e.kind == EventKind::Interest).unwrap();
    // 1,000,000 x 0.06 x 31 / 365 = 5,095.890410958...
    assert_eq!(interest.amount(), Some(base::Money(5_095_890_411)));
}

#[test]
fn every_mistake_is_found_at_once() {
    let wrong = [
        ("contractType", "LAM"),
        ("cycleOfInterestPayment", "monthly"),
        ("notionalPrincipal", "-5"),
        ("maturityDate", "2024-01-01"),
        ("contractRole", ""),
    ];
    let found = terms(&wrong).unwrap_err();
    let fields: Vec<_> = found.iter().map(|d| (d.rule.code, d.field.clone().unwrap())).collect();
    assert!(fields.contains(&("A001", "contractRole".into())), "{fields:?}");
    assert!(fields.contains(&("A002", "cycleOfInterestPayment".into())), "{fields:?}");
    let found = terms(&[("contractType", "NAM"), ("nextPrincipalRedemptionPayment", "4000")]).map(Loan::new);
    assert_eq!(found.unwrap().unwrap_err().0[0].rule.code, "A012");
    assert_eq!(terms(&[("contractType", "PAM")]).unwrap_err().0[0].rule.code, "A001");
}

proptest! {
    #[test]
    fn what_is_lent_comes_back(
        kind in prop::sample::select(vec!["PAM", "LAM", "ANN", "NAM"]),
        role in prop::sample::select(vec!["RPA", "RPL"]),
        notional in 1_000.0f64..1e9,
        rate in 0.0f64..0.2,
        months in 2u32..120,
        day_count in prop::sample::select(vec!["A365", "A360", "30E360", "AA", "30E360ISDA"]),
    ) {
        let end = parse_time("2025-01-01").unwrap().checked_add(jiff::Span::new().months(i64::from(months))).unwrap();
        let payment = format!("{}", notional * (rate / 8.0 + 1.0 / f64::from(months)));
        let (notional_text, rate_text, end_text) = (notional.to_string(), rate.to_string(), end.to_string());
        let mut pairs = vec![
            ("contractType", kind),
            ("contractRole", role),
            ("notionalPrincipal", notional_text.as_str()),
            ("nominalInterestRate", rate_text.as_str()),
            ("dayCountConvention", day_count),
            ("maturityDate", end_text.as_str()),
        ];
        if kind == "NAM" {
            pairs.push(("nextPrincipalRedemptionPayment", payment.as_str()));
        }
        let loan = terms(&pairs).unwrap();
        let mut events = Vec::new();
        let mut running = Loan::new(loan.clone()).unwrap();
        while let Some(event) = running.step(&Observations::default()) {
            events.push(event.unwrap());
        }
        let sign = loan.role.sign();
        let back = [EventKind::Redemption, EventKind::Maturity].into_iter().map(|k| sum(&events, k)).sum::<f64>();
        prop_assert!((sign * back - notional).abs() < 1e-6 * notional, "{back} of {notional}");
        prop_assert!((sign * sum(&events, EventKind::InitialExchange) + notional).abs() < 1e-9 * notional);
        prop_assert!(events.windows(2).all(|pair| pair[0].time <= pair[1].time));
        prop_assert_eq!(running.outstanding(), 0.0);
        // The same loan, stopped half way, written and read, ends in the same events.
        let mut first = Loan::new(loan).unwrap();
        for _ in 0..events.len() / 2 {
            first.step(&Observations::default());
        }
        let mut second: Loan = postcard::from_bytes(&postcard::to_stdvec(&first).unwrap()).unwrap();
        let mut rest = Vec::new();
        while let Some(event) = second.step(&Observations::default()) {
            rest.push(event.unwrap());
        }
        prop_assert_eq!(&rest[..], &events[events.len() / 2..]);
    }
}
