//! Inputs that a judge cannot do without.

use crate::inputs::Name;
use crate::verdict::{CannotLook, Short};
use crate::view::View;

/// What stands in the profile's texts for which input.
const PLACEHOLDERS: [(&str, Name); 8] = [
    ("{env}", Name::Environment),
    ("{build_id}", Name::BuildId),
    ("{suffix}", Name::BuildId),
    ("{region}", Name::Region),
    ("{account}", Name::Account),
    ("{cluster}", Name::ClusterName),
    ("{base}", Name::BaseDomain),
    ("{host_suffix}", Name::HostSuffix),
];

/// An input's text; without it nothing can be looked at.
pub fn needed<'a>(view: &View<'a>, name: Name) -> Result<&'a str, Short> {
    view.scope.text(name).ok_or_else(|| missing(name))
}

/// A text of the profile with the run's inputs. One that still has a placeholder would ask for something else.
pub fn filled(view: &View<'_>, pattern: &str) -> Result<String, Short> {
    let text = view.scope.expand(pattern);
    match PLACEHOLDERS.iter().find(|(placeholder, _)| text.contains(placeholder)) {
        Some((_, name)) => Err(missing(*name)),
        None => Ok(text),
    }
}

fn missing(name: Name) -> Short {
    let (input, flag) = (name.as_str(), name.flag());
    let cannot = CannotLook::new("input", format!("{input} is not given, so what depends on it cannot be looked at"));
    Short::Cannot(
        cannot.fix(format!("Give --{flag}, or {input} in the bootstrap ConfigMap or the profile's [inputs].")),
    )
}

/// What AWS' answer lacks; a defect of the other side, or ours, and no pass.
pub fn protocol(what: &str) -> Short {
    Short::Cannot(CannotLook::new("protocol", format!("the answer of AWS does not hold {what}")))
}
