//! Answers the protocol: lists, calls on threads of their own, progress, cancellation.

use crate::house::House;
use crate::tools::{self, Call, Tool, ToolError};
use crate::{prompts, resources};
use nda_engine::CancelHandle;
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, GetPromptRequestParams, GetPromptResponse,
    Implementation, JsonObject, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ReadResourceRequestParams,
    ReadResourceResponse, ServerCapabilities, ServerConfig, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// What a model is told once, in the client's system prompt; clients cut it at 2 KB.
const INSTRUCTIONS: &str = "A store of NDA definitions behind a gate: what is committed was checked, its examples ran, and it can be called by \
name. Work on definitions, not files: `search` for what exists, `describe` what you want to use or change (its source and the slice it relies \
on), `submit` whole items until the verdict is `admitted`, `run` them, `commit` them with the `base` you were given. Every answer has `outcome`, \
and `next` says what to do. The language is on one page: resource nda://language.";

/// How often a long call says that it is still there.
const PROGRESS: Duration = Duration::from_secs(1);
/// Lists change only with the program.
const LIST_TTL_MS: u64 = 3_600_000;
/// Members of one page of a list.
const PAGE: usize = 100;

/// One session, or all of them: it holds nothing of its own.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) house: Arc<House>,
}

/// Stops the work when nobody waits for it any more.
struct StopOnDrop(CancelHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Server {
    /// The tools that this server offers.
    fn offered(&self) -> impl Iterator<Item = &'static Tool> {
        let read_only = self.house.options.read_only;
        tools::ALL.into_iter().filter(move |tool| !(read_only && tool.writes))
    }

    /// Calls a tool on a thread of its own, says every second that it is at work, and stops it if nobody wants it any more.
    async fn work(
        &self,
        tool: &'static Tool,
        arguments: JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> Result<Value, ToolError> {
        let cancel = CancelHandle::new();
        let _stop = StopOnDrop(cancel.clone());
        let house = Arc::clone(&self.house);
        let client = context.client_info().map(|client| client.name);
        let handle = cancel.clone();
        let mut working = tokio::task::spawn_blocking(move || {
            let call = Call { house: &house, arguments, client, cancel: handle };
            // A bug of ours is reported, and the next call finds the server at work.
            catch_unwind(AssertUnwindSafe(|| (tool.call)(&call))).unwrap_or_else(|_| {
                let next = "This is a bug of the server: report it with the call that led here. Nothing was written.";
                Err(ToolError::new("bug", "the server has a bug, and we are sorry", next))
            })
        });
        let started = Instant::now();
        let token = context.meta.get_progress_token();
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PROGRESS, PROGRESS);
        let mut cancelled = false;
        loop {
            tokio::select! {
                done = &mut working => {
                    return done.unwrap_or_else(|_| Err(ToolError::cancelled()));
                }
                () = context.ct.cancelled(), if !cancelled => {
                    cancelled = true;
                    cancel.cancel();
                }
                _ = ticks.tick(), if token.is_some() => {
                    let Some(token) = token.clone() else { continue };
                    let seconds = started.elapsed().as_secs_f64();
                    let progress = ProgressNotificationParam::new(token, seconds)
                        .with_message(format!("{}: {seconds:.0} s", tool.name));
                    // A client that is gone is noticed elsewhere.
                    let _ = context.peer.notify_progress(progress).await;
                }
            }
        }
    }
}

/// A tool as the protocol shows it.
fn shown(tool: &Tool) -> rmcp::model::Tool {
    let object = |schema: Value| match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    };
    let annotations = ToolAnnotations::with_title(tool.title)
        .read_only(!tool.writes)
        // A commit adds to history: whatever stood there can be had again.
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    rmcp::model::Tool::new(tool.name, tool.description, object((tool.arguments)()))
        .with_title(tool.title)
        .with_raw_output_schema(object((tool.result)()))
        .with_annotations(annotations)
}

/// All tools; schemas are made once.
fn all_shown() -> &'static [rmcp::model::Tool] {
    static SHOWN: OnceLock<Vec<rmcp::model::Tool>> = OnceLock::new();
    SHOWN.get_or_init(|| tools::ALL.into_iter().map(shown).collect())
}

/// One page of a list whose cursors are positions.
fn page<T>(
    all: Vec<T>,
    request: Option<PaginatedRequestParams>,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let start: usize = match request.and_then(|request| request.cursor) {
        None => 0,
        Some(cursor) => cursor
            .parse()
            .map_err(|_| ErrorData::invalid_params(format!("`{cursor}` is no cursor of this list"), None))?,
    };
    let total = all.len();
    let end = start.saturating_add(PAGE).min(total);
    let shown = all.into_iter().skip(start).take(PAGE).collect();
    Ok((shown, (end < total).then(|| end.to_string())))
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities =
            ServerCapabilities::builder().enable_tools().enable_resources().enable_prompts().build();
        let this = Implementation::new("nda", env!("CARGO_PKG_VERSION")).with_title("NDA");
        ServerConfig::new(capabilities).with_server_info(this).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let offered: Vec<&str> = self.offered().map(|tool| tool.name).collect();
        let all = all_shown().iter().filter(|tool| offered.contains(&&*tool.name)).cloned().collect();
        let (tools, next) = page(all, request)?;
        let mut result = ListToolsResult::with_all_items(tools).with_ttl_ms(LIST_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        self.offered().find(|tool| tool.name == name)?;
        all_shown().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.offered().find(|tool| tool.name == request.name) else {
            let names: Vec<&str> = self.offered().map(|tool| tool.name).collect();
            let message = format!("there is no tool `{}`; there are: {}", request.name, names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let answer = self.work(tool, request.arguments.unwrap_or_default(), &context).await;
        let result = match answer {
            // What was to be written and was not is an error to whoever looks no further.
            Ok(value) if tool.writes && value["outcome"] != "committed" => {
                CallToolResult::structured_error(value)
            }
            Ok(value) => CallToolResult::structured(value),
            Err(error) => CallToolResult::structured_error(error.json()),
        };
        Ok(result.into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let (resources, next) = page(resources::all(), request)?;
        let mut result = ListResourcesResult::with_all_items(resources).with_ttl_ms(LIST_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let (templates, next) = page(resources::templates(), request)?;
        let mut result = ListResourceTemplatesResult::with_all_items(templates).with_ttl_ms(LIST_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let found = resources::read(&uri, &self.house).map_err(|error| {
            ErrorData::internal_error(format!("the store could not be read: {error}"), None)
        })?;
        let missing = || {
            let message = format!(
                "there is no resource {uri}; resources/list and resources/templates/list say what there is"
            );
            ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
        };
        Ok(found.ok_or_else(missing)?.into())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let (prompts, next) = page(prompts::all(), request)?;
        let mut result = ListPromptsResult::with_all_items(prompts).with_ttl_ms(LIST_TTL_MS);
        result.next_cursor = next;
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        match prompts::get(&request.name, &request.arguments.unwrap_or_default()) {
            Some(Ok(result)) => Ok(result.into()),
            Some(Err(missing)) => Err(ErrorData::invalid_params(missing, None)),
            None => Err(ErrorData::invalid_params(format!("there is no prompt `{}`", request.name), None)),
        }
    }
}
