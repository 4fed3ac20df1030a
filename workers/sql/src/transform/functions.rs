//! The functions that a query may call.
//!
//! Invariant: each gives one value for the same arguments on any machine. What the engine
//! itself calls volatile or stable is not here, nor what says something of the machine,
//! estimates, or computes by the machine's mathematics: those come from `math` instead.

use std::sync::Arc;

use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, Signature, Volatility, WindowUDF};
use datafusion::sql::sqlparser::ast::ObjectName;
use datafusion::sql::sqlparser::tokenizer::Location;
use ingot_protocol::Failure;

use super::statement::place;
use super::suggest::suggest;
use super::{math, sums};

/// What may be called, and what of the engine's may not.
pub(super) struct Functions {
    pub(super) scalar: Vec<Arc<ScalarUDF>>,
    pub(super) aggregate: Vec<Arc<AggregateUDF>>,
    pub(super) window: Vec<Arc<WindowUDF>>,
    /// Name -> why not.
    refused: Vec<(String, &'static str)>,
}

/// Why a function that has no one value is refused.
const VOLATILE: &str = "gives another value each time: a result must be the same to the byte";
const ENGINE: &str = "says something of the engine or the machine";
const ESTIMATE: &str = "estimates, and the estimate depends on how rows come";
const COLLECTION: &str = "gives a value that no column of a dataset holds";

impl Functions {
    /// The engine's functions, sorted out.
    pub(super) fn new() -> Self {
        let mut refused = Vec::new();
        let mut scalar = SessionStateDefaults::default_scalar_functions();
        scalar.retain(|function| {
            let why = why_not(function.name(), function.signature());
            note(&mut refused, function.name(), function.aliases(), why)
        });
        math::replace(&mut scalar);
        let mut aggregate = SessionStateDefaults::default_aggregate_functions();
        aggregate.retain(|function| {
            let why = why_not(function.name(), function.signature());
            note(&mut refused, function.name(), function.aliases(), why)
        });
        sums::replace(&mut aggregate);
        let mut window = SessionStateDefaults::default_window_functions();
        window.retain(|function| {
            let why = why_not(function.name(), function.signature());
            note(&mut refused, function.name(), function.aliases(), why)
        });
        for function in SessionStateDefaults::default_table_functions() {
            refused.push((function.name().to_owned(), "gives a table, and tables come from ports"));
        }
        Self { scalar, aggregate, window, refused }
    }

    /// Whether a query may call a function of the name.
    pub(super) fn check(&self, name: &ObjectName, at: Location) -> Result<(), Failure> {
        let written = name.to_string();
        let wanted = written.to_lowercase();
        let names = self.names();
        if names.contains(&wanted) {
            return Ok(());
        }
        let at = place(Some(at));
        if let Some((_, why)) = self.refused.iter().find(|(known, _)| *known == wanted) {
            return Err(Failure::new("Q0104", format!("{at}`{written}` {why}")).help(fix(why)));
        }
        let message = format!("{at}there is no function `{written}`");
        Err(Failure::new("Q0203", message).help(suggest(&wanted, &names)))
    }

    /// The names that may be called.
    fn names(&self) -> Vec<String> {
        let scalar = self.scalar.iter().map(|each| (each.name(), each.aliases()));
        let aggregate = self.aggregate.iter().map(|each| (each.name(), each.aliases()));
        let window = self.window.iter().map(|each| (each.name(), each.aliases()));
        let all = scalar.chain(aggregate).chain(window);
        let mut names: Vec<String> = all
            .flat_map(|(name, aliases)| {
                std::iter::once(name.to_owned()).chain(aliases.iter().cloned())
            })
            .collect();
        names.sort();
        names
    }
}

fn note(
    refused: &mut Vec<(String, &'static str)>,
    name: &str,
    aliases: &[String],
    why: Option<&'static str>,
) -> bool {
    let Some(why) = why else { return true };
    refused.push((name.to_owned(), why));
    refused.extend(aliases.iter().map(|alias| (alias.clone(), why)));
    false
}

/// Why a function of the engine is not here.
fn why_not(name: &str, signature: &Signature) -> Option<&'static str> {
    if signature.volatility != Volatility::Immutable {
        return Some(VOLATILE);
    }
    match name {
        "version" | "arrow_typeof" | "arrow_metadata" | "arrow_field" | "with_metadata"
        | "input_file_name" | "file_row_index" => Some(ENGINE),
        name if name.starts_with("approx_") => Some(ESTIMATE),
        "array_agg" | "nth_value" if name == "array_agg" => Some(COLLECTION),
        "struct" | "named_struct" | "row" | "get_field" | "union_extract" | "union_tag"
        | "regexp_match" | "string_to_array" => Some(COLLECTION),
        _ => None,
    }
}

fn fix(why: &str) -> &'static str {
    match why {
        VOLATILE => {
            "for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a \
             date, write it, or a param of the pipeline: {params.today}"
        }
        ESTIMATE => "use count(DISTINCT ..), median or percentile_cont, which are exact",
        COLLECTION => "take one value: string_agg, split_part, regexp_replace",
        _ => "leave it out",
    }
}
