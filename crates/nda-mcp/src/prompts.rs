//! Prompts: how to write a definition, and how to repair one, in the words of this server.

use rmcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::{Map, Value};

pub(crate) fn all() -> Vec<Prompt> {
    let argument = |name: &str, description: &str, required: bool| {
        PromptArgument::new(name).with_description(description).with_required(required)
    };
    let write = vec![
        argument("task", "What the definition should do", true),
        argument("module", "The module it should lie in", false),
    ];
    let repair = vec![
        argument("name", "The committed definition", true),
        argument("problem", "What is wrong with it, or what should change", true),
    ];
    vec![
        Prompt::new("write_definition", Some("Write a new definition and commit it"), Some(write))
            .with_title("Write a definition"),
        Prompt::new("repair_definition", Some("Change a committed definition safely"), Some(repair))
            .with_title("Repair a definition"),
    ]
}

/// A prompt with its arguments filled in; `Err` says what is missing, `None` that there is no such prompt.
pub(crate) fn get(name: &str, given: &Map<String, Value>) -> Option<Result<GetPromptResult, String>> {
    let argument =
        |key: &str| given.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let missing = |key: &str| Some(Err(format!("the prompt `{name}` needs the argument `{key}`")));
    let (description, text) = match name {
        "write_definition" => {
            let Some(task) = argument("task") else { return missing("task") };
            let place =
                argument("module").map_or_else(String::new, |module| format!(" in the module `{module}`"));
            let text = format!(
                "Write an NDA definition{place}.\n\nTask: {task}\n\n\
                 1. Read the resource nda://language if you do not know NDA.\n\
                 2. `search` for what exists already; use it by name instead of writing it again. `describe` what you use.\n\
                 3. Write whole items with a `///` doc comment and at least two `#[example(…)]`, one of them at an edge: empty, zero, negative.\n\
                 4. `submit` until it is admitted; repair what the diagnostics say, one at a time, first to last.\n\
                 5. `run` it with other arguments than the examples'.\n\
                 6. `commit` with the `base` of the last verdict and a message that says why."
            );
            ("Write a new definition", text)
        }
        "repair_definition" => {
            let Some(target) = argument("name") else { return missing("name") };
            let Some(problem) = argument("problem") else { return missing("problem") };
            let text = format!(
                "Change the NDA definition `{target}`.\n\nProblem: {problem}\n\n\
                 1. `describe` `{target}`: its source, the slice it relies on, its users, and `base`. You need no other file.\n\
                 2. If it does something wrong, `run` it with arguments that show it, and add that as an `#[example(…)]`.\n\
                 3. Change as little as you can, and `submit` the whole item. `rebuilt` lists the dependents that were tried again; a \
                 diagnostic says which would break.\n\
                 4. `commit` with that `base`. On `conflict`, `describe` again and bring your change into what stands there now."
            );
            ("Change a committed definition", text)
        }
        _ => return None,
    };
    let mut result = GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]);
    result.description = Some(description.to_owned());
    Some(Ok(result))
}
