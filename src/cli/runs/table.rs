//! [`Table`]: runs as rows, and everything that is known of one as a column. Pure.
//!
//! A column has a whole name (`params.lr`, `eval.accuracy`), and is also called without the
//! step or `params` before it where no other column is called so. Invariant: a value that a run does
//! not have is no value, never a zero; every column of every form has the same order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use ingot_protocol::figure::figure;

use crate::diag::Diagnostic;
use crate::diag::suggest::nearest;
use crate::engine::targets::is_whole;
use crate::report::summary::{moment, time};
use crate::report::table as text;
use crate::store::runs::Run;

/// What a run has in a column.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) enum Cell {
    /// A number.
    Number(f64),
    /// Anything else.
    Text(String),
}

impl Cell {
    /// The value in full.
    fn whole(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// How one stands to another: numbers by size, else by the text.
    pub(in crate::cli) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            _ => self.whole().cmp(&other.whole()),
        }
    }
}

/// What a column is about: the order in which they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Run,
    Metric,
    Param,
    Detail,
}

/// One column.
#[derive(Debug)]
struct Column {
    name: String,
    /// The name without what stands before it.
    short: Option<String>,
    /// The name where a person reads it: the short one where no other column is called so.
    title: String,
    about: About,
    cells: Vec<Option<Cell>>,
}

/// How much of a table is shown.
#[derive(Debug, Default)]
pub(in crate::cli) struct Form {
    /// Columns of the screen; nothing where there is no end to it.
    pub width: Option<usize>,
    /// The columns that the user named: they are shown in any case.
    pub named: Vec<usize>,
}

/// Runs as rows.
#[derive(Debug)]
pub(in crate::cli) struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// The table of these runs, in their order.
    pub(in crate::cli) fn of(runs: &[Run]) -> Self {
        let mut columns: BTreeMap<(About, usize, String), Column> = BTreeMap::new();
        for (row, run) in runs.iter().enumerate() {
            for (place, Value { about, before, name, cell }) in values(run).into_iter().enumerate()
            {
                let short = before.is_some().then(|| name.clone());
                let name = before.map(|before| format!("{before}.{name}")).unwrap_or(name);
                // What every run has stands as listed, the others by name.
                let place = if about == About::Run { place } else { 0 };
                let title = String::new();
                let new = |cells| Column { name: name.clone(), short, title, about, cells };
                let column = columns.entry((about, place, name.clone()));
                column.or_insert_with(|| new(vec![None; runs.len()])).cells[row] = cell;
            }
        }
        let mut columns: Vec<Column> = columns.into_values().collect();
        let mut called: HashMap<String, usize> = HashMap::new();
        for column in &columns {
            for name in [Some(&column.name), column.short.as_ref()].into_iter().flatten() {
                *called.entry(name.clone()).or_default() += 1;
            }
        }
        for column in &mut columns {
            let alone = column.short.clone().filter(|short| called.get(short) == Some(&1));
            column.title = alone.unwrap_or_else(|| column.name.clone());
        }
        Self { columns }
    }

    /// The column that a user calls so.
    pub(in crate::cli) fn column(&self, name: &str) -> Result<usize, Diagnostic> {
        let is = |matches: &dyn Fn(&Column) -> bool| -> Vec<usize> {
            (0..self.columns.len()).filter(|&at| matches(&self.columns[at])).collect()
        };
        let mut found = is(&|column| column.name == name);
        if found.is_empty() {
            found = is(&|column| column.short.as_deref() == Some(name));
        }
        match found.as_slice() {
            [column] => Ok(*column),
            [] => {
                let mistake = Diagnostic::error("E1031", format!("no run has a column `{name}`"));
                let whole = self.columns.iter().map(|column| column.name.as_str());
                let short = self.columns.iter().filter_map(|column| column.short.as_deref());
                let known = whole.chain(short);
                Err(mistake.help(match nearest(name, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`ingot runs --all` shows every column".to_owned(),
                }))
            }
            several => {
                let names: Vec<String> =
                    several.iter().map(|&at| format!("`{}`", self.columns[at].name)).collect();
                let message = format!("several columns are called `{name}`");
                Err(Diagnostic::error("E1031", message)
                    .help(format!("write {}", names.join(" or "))))
            }
        }
    }

    /// What a run has in a column.
    pub(in crate::cli) fn cell(&self, column: usize, row: usize) -> Option<&Cell> {
        self.columns.get(column)?.cells.get(row)?.as_ref()
    }

    /// The name of a column.
    pub(in crate::cli) fn name(&self, column: usize) -> &str {
        self.columns.get(column).map(|column| column.name.as_str()).unwrap_or_default()
    }

    /// Sorts rows by a column; those that have nothing there come last either way.
    pub(in crate::cli) fn sort(&self, rows: &mut [usize], column: usize, falling: bool) {
        rows.sort_by(|&one, &other| match (self.cell(column, one), self.cell(column, other)) {
            (Some(one), Some(other)) if falling => other.compare(one),
            (Some(one), Some(other)) => one.compare(other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        });
    }

    /// Header and cells of these rows as a person reads them, and the names of the columns
    /// for which there is no room.
    pub(in crate::cli) fn shown(
        &self,
        rows: &[usize],
        form: &Form,
        all: bool,
    ) -> (Vec<String>, Vec<Vec<String>>, Vec<String>) {
        let mut shown: Vec<usize> = (0..self.columns.len())
            .filter(|&column| {
                let is_shown = all && rows.iter().any(|&row| self.cell(column, row).is_some());
                is_shown || form.named.contains(&column) || self.tells(column, rows)
            })
            .collect();
        let make = |shown: &[usize]| {
            let header: Vec<String> =
                shown.iter().map(|&at| self.columns[at].title.clone()).collect();
            let cells = rows
                .iter()
                .map(|&row| shown.iter().map(|&at| self.written(at, row)).collect::<Vec<String>>());
            (header, cells.collect::<Vec<_>>())
        };
        let fits = |shown: &[usize]| {
            let (header, cells) = make(shown);
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let text = text::render(&header, &cells);
            form.width.is_none_or(|width| text.lines().all(|line| line.chars().count() <= width))
        };
        let is_kept =
            |at: &usize| form.named.contains(at) || ["run", "status"].contains(&self.name(*at));
        // What tells the runs apart stays longer than all but one of the numbers.
        let is_metric = |at: &usize| self.columns[*at].about == About::Metric;
        let (mut left_out, mut far, mut seen) = (Vec::new(), Vec::new(), 0);
        shown.retain(|at| {
            seen += usize::from(is_metric(at));
            // No column is narrower than a character.
            let has_room = form.width.is_none_or(|width| seen <= width);
            let stays = has_room || !is_metric(at) || is_kept(at);
            far.extend((!stays).then(|| self.columns[*at].title.clone()));
            stays
        });
        while !fits(&shown) {
            let metrics = shown.iter().filter(|at| is_metric(at)).count();
            let goes = |at: &usize| !is_kept(at) && (metrics < 2 || is_metric(at));
            let last = shown.iter().rposition(goes);
            let last = last.or_else(|| shown.iter().rposition(|at| !is_kept(at)));
            let Some(last) = last else { break };
            left_out.push(self.columns[shown.remove(last)].title.clone());
        }
        left_out.reverse();
        left_out.append(&mut far);
        let (header, cells) = make(&shown);
        (header, cells, left_out)
    }

    /// Whether a column says something that tells these runs apart, or what they gave.
    fn tells(&self, column: usize, rows: &[usize]) -> bool {
        let Column { name, about, cells, .. } = &self.columns[column];
        let some = || rows.iter().any(|&row| cells[row].is_some());
        let differ = || rows.windows(2).any(|pair| cells[pair[0]] != cells[pair[1]]);
        match (about, name.as_str()) {
            (About::Detail, _) => false,
            (About::Param, _) => differ() || rows.len() == 1,
            (About::Run, "targets" | "profile") => differ(),
            (About::Run | About::Metric, _) => some(),
        }
    }

    /// A cell where a person reads it.
    fn written(&self, column: usize, row: usize) -> String {
        let (name, about) = (self.name(column), self.columns[column].about);
        match self.cell(column, row) {
            None => String::new(),
            Some(Cell::Number(seconds)) if name == "seconds" => time(*seconds),
            Some(Cell::Number(number)) if about == About::Metric => figure(*number),
            Some(Cell::Text(text)) if name == "started" => {
                text.replace('T', " ").trim_end_matches('Z').to_owned()
            }
            Some(Cell::Text(text)) if name == "revision" => {
                let short: String = text.chars().take(8).collect();
                let dirty = self.column("dirty").ok().and_then(|at| self.cell(at, row));
                let is_dirty = dirty == Some(&Cell::Text("true".to_owned()));
                short + if is_dirty { "+" } else { "" }
            }
            Some(cell) => cell.whole(),
        }
    }

    /// Every column of these rows, as RFC 4180 has it.
    pub(in crate::cli) fn csv(&self, rows: &[usize]) -> String {
        let quoted = |text: String| match text.contains(['"', ',', '\n', '\r']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text,
        };
        let line = |cells: Vec<String>| {
            cells.into_iter().map(quoted).collect::<Vec<String>>().join(",") + "\n"
        };
        let mut text = line(self.columns.iter().map(|column| column.name.clone()).collect());
        for &row in rows {
            let cells = self.columns.iter().map(|column| column.cells[row].as_ref());
            text.push_str(&line(
                cells.map(|cell| cell.map(Cell::whole).unwrap_or_default()).collect(),
            ));
        }
        text
    }
}

/// What is known of a run under a name.
struct Value {
    about: About,
    /// The step, or `params`.
    before: Option<String>,
    name: String,
    cell: Option<Cell>,
}

/// Everything that is known of a run.
fn values(run: &Run) -> Vec<Value> {
    let number = |number: u64| Some(Cell::Number(number as f64));
    let word = |text: &str| Some(Cell::Text(text.to_owned()));
    let set: Vec<String> = run.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut values: Vec<Value> = [
        (About::Run, "run", number(run.number)),
        (About::Run, "started", word(&moment(run.begun))),
        (About::Run, "seconds", Some(Cell::Number(run.seconds))),
        (About::Run, "status", word(run.status())),
        (About::Run, "revision", run.revision.as_deref().and_then(word)),
        (About::Run, "profile", run.profile.as_deref().and_then(word)),
        (About::Run, "targets", word(&run.targets.join(" "))),
        (About::Detail, "dirty", run.dirty.and_then(|dirty| word(&dirty.to_string()))),
        (About::Detail, "set", word(&set.join(" ")).filter(|_| !set.is_empty())),
        (About::Detail, "exit", number(run.exit.into())),
        (About::Detail, "steps", number(run.steps)),
        (About::Detail, "executed", number(run.executed)),
        (About::Detail, "cached", number(run.cached)),
        (About::Detail, "failed", number(run.failed)),
        (About::Detail, "blocked", number(run.blocked)),
    ]
    .into_iter()
    .map(|(about, name, cell)| Value { about, before: None, name: name.to_owned(), cell })
    .collect();
    for (name, value) in &run.params {
        let cell = match value {
            serde_json::Value::String(text) => Cell::Text(text.clone()),
            other => other.as_f64().map_or_else(|| Cell::Text(other.to_string()), Cell::Number),
        };
        let (before, name) = (Some("params".to_owned()), name.clone());
        values.push(Value { about: About::Param, before, name, cell: Some(cell) });
    }
    for (step, given) in &run.results {
        let mut push = |about, name: &str, cell| {
            let (before, name) = (Some(step.clone()), name.to_owned());
            values.push(Value { about, before, name, cell });
        };
        for metric in given.metrics.iter().filter(|metric| is_whole(metric)) {
            push(About::Metric, &metric.name, Some(Cell::Number(metric.value)));
        }
        push(About::Detail, "outcome", word(&given.outcome));
        if let Some(verdict) = given.verdict {
            push(About::Detail, "verdict", word(&format!("{verdict:?}").to_lowercase()));
        }
    }
    values
}
