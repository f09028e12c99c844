//! Reading an agent's report that a skill was used.

use serde_json::Value;

/// What a report says, as far as it names the skill.
#[derive(Debug, Clone, Default)]
pub struct SkillUseReport {
    /// The skill, said outright.
    pub skill_slug: Option<String>,
    /// The tool that ran.
    pub tool_name: Option<String>,
    /// What it was given.
    pub tool_input: Value,
    /// The agent's hook.
    pub hook_event: Option<String>,
}

/// The skill that was used: said outright, else named by the tool's input, else the tool itself where a hook speaks. A leading
/// `skillnote-` is the peer's own and no part of the name. `None` when nothing names one.
pub fn used_skill(report: &SkillUseReport) -> Option<String> {
    let input = |key: &str| report.tool_input.get(key).and_then(Value::as_str);
    let hooked = report.hook_event.as_deref().is_some_and(|event| !event.trim().is_empty());
    let candidates =
        [report.skill_slug.as_deref(), input("name"), input("skill"), report.tool_name.as_deref().filter(|_| hooked)];
    let named = candidates.into_iter().flatten().map(str::trim).find(|text| !text.is_empty())?;
    let slug = named.strip_prefix("skillnote-").unwrap_or(named);
    (!slug.is_empty()).then(|| slug.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(slug: Option<&str>, tool: Option<&str>, input: Value, hook: Option<&str>) -> Option<String> {
        used_skill(&SkillUseReport {
            skill_slug: slug.map(str::to_owned),
            tool_name: tool.map(str::to_owned),
            tool_input: input,
            hook_event: hook.map(str::to_owned),
        })
    }

    #[test]
    fn what_names_the_skill() {
        let none = Value::Null;
        assert_eq!(report(Some("a"), Some("t"), json!({ "name": "b" }), Some("h")).as_deref(), Some("a"));
        assert_eq!(report(Some("skillnote-a"), None, none.clone(), None).as_deref(), Some("a"));
        assert_eq!(report(Some(" "), None, json!({ "skill": "c" }), None).as_deref(), Some("c"));
        assert_eq!(report(None, None, json!({ "name": "b", "skill": "c" }), None).as_deref(), Some("b"));
        assert_eq!(report(None, Some("t"), json!({ "name": 5 }), Some("PostToolUse")).as_deref(), Some("t"));
        assert_eq!(report(None, Some("t"), none.clone(), None), None, "no hook speaks");
        assert_eq!(report(Some("skillnote-"), None, none.clone(), None), None);
        assert_eq!(report(None, None, none, Some("h")), None);
    }
}
