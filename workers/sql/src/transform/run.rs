//! One run: every split planned, carried out and written.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema as ArrowSchema, UInt64Type};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;
use ingot_protocol::worker::output;
use ingot_protocol::{Event, Failure, Metric, Request};
use ingot_tables::dataset::{Writer, row_key};

use super::ancestry::ancestry;
use super::anonymity::Groups;
use super::change::Change;
use super::columns::{self, Output, fitted};
use super::error::{stopped, unplanned};
use super::functions::Functions;
use super::guard::guarded;
use super::keys::{self, Carried, KEY, PLACE};
use super::params::{Params, params};
use super::session::{Limits, session};
use super::statement::{self, Parsed};
use super::tables::{Part, Scan, Table, parts, tables};

/// Bytes of the stack of a run: trees of the engine are taken apart by recursion.
const STACK: usize = 64 << 20;

/// Runs on a stack of its own. What it says comes back with what became of it.
pub(super) fn apart(request: &Request, limits: Limits) -> (Result<(), Failure>, Vec<Event>) {
    let mut events = Vec::new();
    let result = std::thread::scope(|scope| {
        let run = || whole(request, limits, &mut events);
        match std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run) {
            Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(Failure::new("Q0604", format!("no thread for the query: {error}"))
                .help("allow the step more memory")),
        }
    });
    (result, events)
}

fn whole(request: &Request, limits: Limits, events: &mut Vec<Event>) -> Result<(), Failure> {
    let params = params(request)?;
    let parsed = statement::parse(&params.sql)?;
    let parts = parts(request)?;
    events.extend(parts.first().and_then(Part::begins_anew).map(Event::Finding));
    let functions = Functions::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::new("Q0604", error.to_string()))?;
    let mut begun: Option<(Writer, Output)> = None;
    let mut groups: Option<Groups> = None;
    for part in &parts {
        let query =
            Query { request, params: &params, parsed: &parsed, functions: &functions, limits };
        let planned = runtime.block_on(query.plan(part))?;
        let writer = match &begun {
            None => {
                let writer = Writer::begin(&output(request, "data")?, &planned.output.schema)?;
                begun = Some((writer.clone(), planned.output.clone()));
                events.extend(planned.output.told.iter().cloned().map(Event::Finding));
                let wanted = params.k_anonymity.as_ref();
                let schema = &planned.output.schema;
                groups = wanted.map(|wanted| Groups::new(wanted, schema)).transpose()?;
                writer
            }
            Some((writer, first)) if *first == planned.output => writer.clone(),
            Some(_) => {
                let message =
                    format!("the split `{}` gives other columns than the others", part.split);
                return Err(Failure::new("Q0508", message)
                    .help("cast the columns of files, whose types follow from what they hold"));
            }
        };
        let rows = runtime.block_on(planned.write(&part.split, &writer, &mut groups))?;
        let mut metric = Metric::new("rows", rows as f64);
        metric.slice.insert("split".to_owned(), part.split.clone());
        events.push(Event::Metric(metric));
    }
    events.extend(groups.iter().flat_map(Groups::judge));
    Ok(())
}

/// What is the same for every split.
struct Query<'a> {
    request: &'a Request,
    params: &'a Params,
    parsed: &'a Parsed,
    functions: &'a Functions,
    limits: Limits,
}

/// One split's query, ready to run.
struct Planned {
    state: SessionState,
    carried: Carried,
    output: Output,
    /// What is done to each column of the output.
    changes: Vec<Option<Change>>,
    limits: Limits,
}

impl Query<'_> {
    async fn plan(&self, part: &Part) -> Result<Planned, Failure> {
        let tables = tables(self.request, part)?;
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        self.parsed.check(self.functions, &names)?;
        let folder: &Path = &self.request.tmp;
        let wrong = |error: &DataFusionError| unplanned(error, &tables);
        let state = session(self.limits, folder, self.functions).map_err(|error| wrong(&error))?;
        let plan = self.logical(&state, &tables).await.map_err(|error| wrong(&error))?;
        let from = ancestry(&plan).map_err(|error| wrong(&error))?;
        let fields = Arc::new(plan.schema().as_arrow().clone());
        let optimized = state.optimize(&plan).map_err(|error| wrong(&error))?;
        let (output, changes) = columns::output(&fields, &from, &tables, self.params)?;
        let carried = keys::carry(&optimized, &tables).map_err(|error| wrong(&error))?;
        Ok(Planned { state, carried, output, changes, limits: self.limits })
    }

    /// The plan of the query as it is written.
    async fn logical(
        &self,
        state: &SessionState,
        tables: &[Arc<Table>],
    ) -> Result<LogicalPlan, DataFusionError> {
        for table in tables {
            let name = datafusion::common::TableReference::bare(table.name.clone());
            let scan = Scan::visible(table);
            let provider =
                StreamingTable::try_new(Arc::clone(&table.visible), vec![Arc::new(scan)])?;
            state.schema_for_ref(name)?.register_table(table.name.clone(), Arc::new(provider))?;
        }
        let plan = state.statement_to_plan(self.parsed.planned()).await?;
        Ok(plan)
    }
}

impl Planned {
    /// Runs the query and writes its rows, which are counted. Gives their number.
    async fn write(
        &self,
        split: &str,
        writer: &Writer,
        groups: &mut Option<Groups<'_>>,
    ) -> Result<u64, Failure> {
        let mut seen = KeySet::new(self.carried.of_rows);
        let mut rows = writer.split(split)?;
        let mut stream = self.stream(&self.carried.plan).await.map_err(|error| stopped(&error))?;
        let (mut written, mut many) = (0, 0);
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|error| stopped(&error))?;
            many += seen.twice(&batch)?;
            if many == 0 {
                let batch = self.arrange(&batch)?;
                rows.write(&batch)?;
                groups.iter_mut().try_for_each(|groups| groups.add(&batch))?;
            }
            written += batch.num_rows() as u64;
        }
        if many > 0 {
            return Err(self.multiplied(many).await);
        }
        rows.finish()?;
        Ok(written)
    }

    async fn stream(
        &self,
        plan: &LogicalPlan,
    ) -> Result<datafusion::execution::SendableRecordBatchStream, DataFusionError> {
        let physical = self.state.query_planner().create_physical_plan(plan, &self.state).await?;
        execute_stream(guarded(physical, self.limits.joined)?, self.state.task_ctx())
    }

    /// A batch of the query as the dataset holds it.
    fn arrange(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        let schema = &self.output.schema;
        for (at, column) in schema.columns.iter().enumerate() {
            let (place, before) = (self.output.places[at], &self.output.before[at]);
            let mut values = fitted(before, batch.column(place))?;
            if let Some(change) = &self.changes[at] {
                values = change.apply(&column.name, &values)?;
            }
            fields.push(Field::new(&column.name, values.data_type().clone(), column.nullable));
            arrays.push(values);
        }
        let keys = batch.column_by_name(KEY).ok_or_else(|| lost("no key"))?;
        fields.push(row_key::field());
        arrays.push(Arc::clone(keys));
        RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
            .map_err(|error| lost(&error.to_string()))
    }

    /// Which join multiplied rows: the innermost whose keys come out twice.
    async fn multiplied(&self, many: u64) -> Failure {
        for (asked, keys) in self.carried.joins.iter().rev() {
            let counted = self.count(keys).await;
            match counted {
                Ok(0) => {}
                Ok(count) => return multiplied(asked, count),
                Err(failure) => return failure,
            }
        }
        multiplied("the query", many)
    }

    async fn count(&self, keys: &LogicalPlan) -> Result<u64, Failure> {
        let mut seen = KeySet::new(false);
        let mut stream = self.stream(keys).await.map_err(|error| stopped(&error))?;
        let mut many = 0;
        while let Some(batch) = stream.next().await {
            many += seen.twice(&batch.map_err(|error| stopped(&error))?)?;
        }
        Ok(many)
    }
}

fn multiplied(asked: &str, many: u64) -> Failure {
    let message = format!("sql: {asked} gives {many} rows more than `data` has for them");
    Failure::new("Q0404", message).help(
        "make the right side unique in what the join asks, or group it: JOIN (SELECT id, \
         count(*) AS n FROM other GROUP BY id) ..",
    )
}

fn lost(what: &str) -> Failure {
    Failure::new("Q0003", format!("the result of the query: {what}"))
        .help("report it, with the SQL if you can")
}

/// The rows that have come already.
enum KeySet {
    /// By their places in `data`, a bit each.
    Places(Vec<u64>),
    Keys(HashSet<[u8; 16]>),
}

impl KeySet {
    fn new(of_rows: bool) -> Self {
        if of_rows { Self::Places(Vec::new()) } else { Self::Keys(HashSet::new()) }
    }

    /// How many rows of a batch have come before.
    fn twice(&mut self, batch: &RecordBatch) -> Result<u64, Failure> {
        let mut many = 0;
        match self {
            Self::Places(bits) => {
                let places = batch.column_by_name(PLACE).filter(|places| {
                    *places.data_type() == DataType::UInt64 && places.null_count() == 0
                });
                let places = places.ok_or_else(|| lost("no place"))?;
                for &place in places.as_primitive::<UInt64Type>().values() {
                    let word = usize::try_from(place / 64).map_err(|_| lost("a place"))?;
                    if bits.len() <= word {
                        bits.resize(word + 1, 0);
                    }
                    let bit = 1 << (place % 64);
                    many += u64::from(bits[word] & bit != 0);
                    bits[word] |= bit;
                }
            }
            Self::Keys(known) => {
                let keys =
                    batch.column_by_name(KEY).and_then(|keys| keys.as_fixed_size_binary_opt());
                let keys = keys.ok_or_else(|| lost("no key"))?;
                for key in keys.iter().flatten() {
                    let key = <[u8; 16]>::try_from(key).map_err(|_| lost("a key"))?;
                    many += u64::from(!known.insert(key));
                }
            }
        }
        Ok(many)
    }
}
