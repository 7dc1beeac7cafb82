//! The few ways in which text enters the page.

use std::fmt::Write as _;

/// Text that cannot be taken for markup, in an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters are not allowed in HTML, whatever the scenario says.
            _ if letter.is_control() && letter != '\n' => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A JSON text that can stand in a `<script>` element: no `<` ends it or opens another one.
pub fn json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// Base 64 (RFC 4648, section 4) of bytes, for the digest in the page's content policy.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word =
            group.iter().enumerate().fold(0_u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for position in 0..4 {
            match position <= group.len() {
                true => text.push(char::from(LETTERS[(word >> (18 - 6 * position)) as usize & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

/// A coordinate with at most one decimal, as short as it can be written.
pub fn coordinate(out: &mut String, value: f64) {
    let tenths = libm::round(value * 10.0) as i64;
    let _ = match tenths % 10 {
        0 => write!(out, "{}", tenths / 10),
        _ => write!(out, "{}", tenths as f64 / 10.0),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_scenario_becomes_markup() {
        assert_eq!(escape("<b a=\"1\" c='2'>&\u{7}"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd}");
        assert_eq!(json(&serde_json::json!("</script>")), "\"\\u003c/script>\"");
    }

    #[test]
    fn base64_matches_the_examples_of_its_standard() {
        // RFC 4648, section 10.
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn coordinates_are_short() {
        let mut text = String::new();
        for value in [0.0, 12.04, 12.06, 999.96, -0.4] {
            coordinate(&mut text, value);
            text.push(' ');
        }
        assert_eq!(text, "0 12 12.1 1000 -0.4 ");
    }
}
