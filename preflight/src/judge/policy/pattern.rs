//! Texts of a policy: with `*` and `?`, and with variables.

use super::Context;

/// A text of a policy, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `*`: any characters, also none.
    Many,
    /// `?`: one character.
    One,
    /// This one.
    Exactly(char),
}

/// What a text may hold beside itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar<'a> {
    /// Whether `*` and `?` stand for others.
    pub(super) has_wildcards: bool,
    /// What `${…}` is filled with; none where it is a text like any other (before the version of 2012).
    pub(super) variables: Option<Context<'a>>,
}

impl Pattern {
    /// Takes a text apart. Fails, with its name, at a variable whose value is not known here.
    pub(super) fn parse(text: &str, grammar: Grammar<'_>) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some((variable, after)) = variable(rest).filter(|_| grammar.variables.is_some()) {
                parts.extend(value(variable, grammar.variables)?.chars().map(Part::Exactly));
                rest = after;
                continue;
            }
            parts.push(match next {
                '*' if grammar.has_wildcards => Part::Many,
                '?' if grammar.has_wildcards => Part::One,
                other => Part::Exactly(other),
            });
            rest = &rest[next.len_utf8()..];
        }
        Ok(Self(parts))
    }

    /// Whether it stands for this text. Takes at most as many steps as the product of both lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // The last `*`, and how far it reaches so far.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(part) {
                Some(Part::Many) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(Part::One) => (part, at) = (part + 1, at + 1),
                Some(Part::Exactly(wanted)) if *wanted == text[at] => (part, at) = (part + 1, at + 1),
                _ => match star {
                    Some((many, reach)) => {
                        star = Some((many, reach + 1));
                        (part, at) = (many + 1, reach + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0[part..].iter().all(|part| *part == Part::Many)
    }
}

/// The variable at the beginning, and what comes after it.
fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

/// What a variable stands for: three are characters that would mean something else.
fn value<'a>(variable: &'a str, context: Option<Context<'a>>) -> Result<&'a str, String> {
    if matches!(variable, "*" | "?" | "$") {
        return Ok(variable);
    }
    let known = context.and_then(|context| context.get(variable));
    match known {
        Some([only]) => Ok(only),
        _ => Err(format!("it holds the variable ${{{variable}}}, whose value is not known here")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{Grammar, Pattern};
    use crate::judge::policy::Context;

    const WILD: Grammar<'static> = Grammar { has_wildcards: true, variables: None };

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, WILD).unwrap().matches(text)
    }

    #[test]
    fn stars_and_question_marks_stand_for_others() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything:at/all", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
            ("?", "ä", true),
            ("a*c", "ac", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*.dev.example.com", "dev.example.com", false),
            ("*ab", "aab", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn variables_are_filled_in_or_told() {
        let list = [("aws:PrincipalAccount".to_owned(), vec!["123456789012".to_owned()])];
        let grammar = Grammar { has_wildcards: true, variables: Some(Context(&list)) };
        let pattern = Pattern::parse("arn:aws:s3:::b-${aws:principalaccount}/${*}*", grammar).unwrap();
        assert!(pattern.matches("arn:aws:s3:::b-123456789012/*x"));
        assert!(!pattern.matches("arn:aws:s3:::b-123456789012/x"));
        assert!(Pattern::parse("${aws:username}", grammar).unwrap_err().contains("${aws:username}"));
        assert!(matches("${aws:username}", "${aws:username}"), "a text like any other before the version of 2012");
    }

    /// What a pattern means, said in the shortest way.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skipped| by_definition(rest, &text[skipped..])),
            Some((wanted, rest)) => {
                let fits = |found: &char| *wanted == '?' || wanted == found;
                text.split_first().is_some_and(|(found, after)| fits(found) && by_definition(rest, after))
            }
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_defined(pattern in "[ab*?]{0,8}", text in "[abc]{0,10}") {
            let of = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), by_definition(&of(&pattern), &of(&text)));
        }

        #[test]
        fn a_text_without_wildcards_matches_itself_alone(one in "[^*?]{0,12}", other in any::<String>()) {
            prop_assert!(matches(&one, &one));
            prop_assert_eq!(matches(&one, &other), one == other);
        }

        #[test]
        fn a_star_stands_for_anything_between(head in "[a-z:/]{0,6}", middle in any::<String>(), tail in "[a-z]{0,6}") {
            let text = format!("{head}{middle}{tail}");
            let pattern = format!("{head}*{tail}");
            prop_assert!(matches(&pattern, &text));
        }

        #[test]
        fn a_hostile_pattern_ends(stars in prop::collection::vec("\\*|\\*a", 40), text in "a{200}") {
            let pattern = format!("{}b", stars.concat());
            prop_assert!(!matches(&pattern, &text));
        }
    }
}
