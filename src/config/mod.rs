//! [`Config`]: facts of one machine, which no manifest may hold: where the store is,
//! how many cores a build takes, where workers and caches are.
//!
//! Owns the form of `ingot.local.toml` and of the user's `config.toml`, which are read
//! by the manifest's machinery, so that every mistake has its place and its fix. Pure:
//! text in, a config and all diagnostics out. Invariants: nothing of it enters a key; a
//! file that stands in a workspace names no program that runs outside of the sandbox, since
//! somebody else may have put it there. What it does not do: it knows no environment, opens no file and resolves no path.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Span, Spanned};
use crate::manifest::fields::{self, Fields};
use crate::manifest::{names, text};

/// What config files say; what none says is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// `[store] path`: the store's folder.
    pub store: Option<Spanned<String>>,
    /// `[build] jobs`: cores to use.
    pub jobs: Option<Spanned<u32>>,
    /// `[workers] folders`: where workers are, besides beside this program. The user's
    /// own file alone says it.
    pub workers: Option<Vec<Spanned<String>>>,
    /// `[cache]`: a second store.
    pub cache: Cache,
    /// `[tools.NAME] program`: where programs are that a manifest declares as tools, by name.
    pub tools: BTreeMap<String, Tool>,
    /// `[remotes.NAME]`, by name.
    pub remotes: BTreeMap<String, NamedRemote>,
    /// `[mounts]`, name -> folder. The user's own file alone says it.
    pub mounts: BTreeMap<String, Spanned<String>>,
}

/// Where this machine has the program of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// The name's place.
    pub span: Span,
    /// `program`: a name or a path.
    pub program: Spanned<String>,
}

/// A remote that has a name, and whose results are believed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRemote {
    /// The name's place.
    pub span: Span,
    /// `path`: its folder.
    pub path: Spanned<String>,
    /// `trust`: the public keys whose signatures count.
    pub trust: Option<Vec<Spanned<String>>>,
}

/// A store behind this machine's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cache {
    /// `from`: where results are taken from.
    pub from: Option<Spanned<String>>,
    /// `to`: where results are put.
    pub to: Option<Spanned<String>>,
}

/// Whose file a config is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The user's own, outside of every workspace.
    User,
    /// One that stands in a workspace.
    Workspace,
}

/// Reads one config file, the `file`-th of the [`crate::diag::Sources`]; gives its text
/// and what it says.
pub fn parse(
    owner: Owner,
    file: u32,
    bytes: &[u8],
    diagnostics: &mut Vec<Diagnostic>,
) -> (String, Config) {
    let (text, root) = text::parse("the config", file, bytes, None, diagnostics);
    let mut config = Config::default();
    let Some(root) = root else { return (text, config) };
    let mut fields = Fields::of("the config", &root, diagnostics);
    if let Some((_, node)) = fields.any("store") {
        let mut store = Fields::of("[store]", node, diagnostics);
        config.store = store.text("path", diagnostics);
        store.finish(diagnostics);
    }
    if let Some((_, node)) = fields.any("build") {
        let mut build = Fields::of("[build]", node, diagnostics);
        let jobs = build.integer("jobs", 1, u32::MAX.into(), diagnostics);
        let span = build.any("jobs").map_or(build.span, |(_, node)| node.span);
        config.jobs = jobs.and_then(|jobs| Some(Spanned::new(jobs.try_into().ok()?, span)));
        build.finish(diagnostics);
    }
    if let Some((span, node)) = fields.any("workers") {
        if owner == Owner::Workspace {
            diagnostics.push(workers_of_a_workspace(span));
        }
        let mut workers = Fields::of("[workers]", node, diagnostics);
        let said = workers.any("folders").is_some();
        config.workers = Some(workers.texts("folders", diagnostics)).filter(|_| said);
        workers.finish(diagnostics);
    }
    if let Some((_, node)) = fields.any("cache") {
        let mut cache = Fields::of("[cache]", node, diagnostics);
        config.cache.from = cache.text("from", diagnostics);
        config.cache.to = cache.text("to", diagnostics);
        cache.finish(diagnostics);
    }
    for (name, span, node) in fields.table("mounts", diagnostics) {
        if owner == Owner::Workspace {
            diagnostics.push(mounts_of_a_workspace(span));
        }
        if names::check("mount", name, span, diagnostics)
            && let Some(folder) = fields::text(&format!("mounts.{name}"), node, diagnostics)
        {
            config.mounts.insert(name.to_owned(), folder);
        }
    }
    for (name, span, node) in fields.table("tools", diagnostics) {
        let mut tool = Fields::of(format!("[tools.{name}]"), node, diagnostics);
        let program = tool.needed_text("program", diagnostics);
        tool.finish(diagnostics);
        if let Some(program) = program {
            config.tools.insert(name.to_owned(), Tool { span, program });
        }
    }
    for (name, span, node) in fields.table("remotes", diagnostics) {
        let mut remote = Fields::of(format!("[remotes.{name}]"), node, diagnostics);
        let path = remote.needed_text("path", diagnostics);
        let said = remote.any("trust").is_some();
        let trust = Some(remote.texts("trust", diagnostics)).filter(|_| said);
        remote.finish(diagnostics);
        if let Some(path) = path {
            config.remotes.insert(name.to_owned(), NamedRemote { span, path, trust });
        }
    }
    fields.finish(diagnostics);
    (text, config)
}

fn mounts_of_a_workspace(span: Span) -> Diagnostic {
    Diagnostic::error("E0607", "a workspace's config cannot say where mounts are")
        .label(span, "steps would read this folder of yours")
        .help("say it in your own config.toml: `ingot doctor` shows where that is")
}

fn workers_of_a_workspace(span: Span) -> Diagnostic {
    Diagnostic::error("E0607", "a workspace's config cannot say where workers are")
        .label(span, "these programs would run outside of the sandbox")
        .help(
            "say it in your own config.toml or in INGOT_WORKERS; a worker of the workspace is \
             declared in ingot.toml: [workers.NAME] path = \"tools/ingot-x\"",
        )
}

impl Config {
    /// This config, and what another one says where this one is silent.
    #[must_use]
    pub fn or(self, below: Self) -> Self {
        let (mut remotes, mut mounts) = (below.remotes, below.mounts);
        remotes.extend(self.remotes);
        mounts.extend(self.mounts);
        let mut tools = below.tools;
        tools.extend(self.tools);
        Self {
            remotes,
            mounts,
            tools,
            store: self.store.or(below.store),
            jobs: self.jobs.or(below.jobs),
            workers: self.workers.or(below.workers),
            cache: Cache {
                from: self.cache.from.or(below.cache.from),
                to: self.cache.to.or(below.cache.to),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::PathBuf;

    use super::*;
    use crate::diag::{Sources, render::render};

    fn read(text: &str) -> (Config, String) {
        read_of(Owner::User, text)
    }

    fn read_of(owner: Owner, text: &str) -> (Config, String) {
        let mut diagnostics = Vec::new();
        let (text, config) = parse(owner, 0, text.as_bytes(), &mut diagnostics);
        let sources = Sources::of(PathBuf::from("config.toml"), text);
        let said: Vec<String> =
            diagnostics.iter().map(|one| render(one, &sources, false, 80)).collect();
        (config, said.join("\n"))
    }

    #[test]
    fn every_key_is_read() {
        let (config, said) = read(
            "[store]\npath = \"/s\"\n[build]\njobs = 3\n[workers]\nfolders = [\"a\", \"b\"]\n\
             [cache]\nfrom = \"/f\"\nto = \"/t\"\n\
             [mounts]\nbig = \"/m\"\n\
             [tools.python]\nprogram = \".venv/bin/python\"\n\
             [remotes.team]\npath = \"/r\"\ntrust = [\"k\"]\n[remotes.own]\npath = \"o\"\n",
        );
        assert_eq!(said, "");
        assert_eq!(config.store.map(|store| store.value).as_deref(), Some("/s"));
        assert_eq!(config.jobs.map(|jobs| jobs.value), Some(3));
        let folders = config.workers.unwrap().into_iter().map(|folder| folder.value);
        assert_eq!(folders.collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(config.cache.from.map(|from| from.value).as_deref(), Some("/f"));
        assert_eq!(config.cache.to.map(|to| to.value).as_deref(), Some("/t"));
        assert_eq!(config.tools["python"].program.value, ".venv/bin/python");
        let team = &config.remotes["team"];
        let trust = team.trust.iter().flatten().map(|key| key.value.as_str());
        assert_eq!((team.path.value.as_str(), trust.collect::<Vec<_>>()), ("/r", vec!["k"]));
        assert_eq!(config.remotes["own"].trust, None);
        assert_eq!(config.mounts["big"].value, "/m");
    }

    #[test]
    fn the_first_config_that_says_a_value_gives_it() {
        let above = read("[store]\npath = \"above\"\n[workers]\nfolders = []\n").0;
        let below =
            read("[store]\npath = \"below\"\n[build]\njobs = 2\n[workers]\nfolders = [\"x\"]\n").0;
        let config = above.or(below);
        assert_eq!(config.store.unwrap().value, "above");
        assert_eq!(config.jobs.unwrap().value, 2);
        assert_eq!(config.workers, Some(Vec::new()), "an empty list is said, too");
    }

    #[test]
    fn a_workspace_names_no_workers_and_no_mounts() {
        let (_, said) = read_of(Owner::Workspace, "[mounts]\nbig = \"/home\"\n");
        assert!(said.contains("error[E0607]") && said.contains("config.toml:2:1"), "{said}");
        let (_, said) = read_of(Owner::Workspace, "[workers]\nfolders = [\"tools\"]\n");
        assert!(said.contains("error[E0607]") && said.contains("config.toml:1:2"), "{said}");
    }

    #[test]
    fn every_mistake_has_its_place_and_its_fix() {
        let (_, said) = read("[stor]\npath = \"x\"\n[build]\njobs = 0\n[cache]\nform = \"x\"\n");
        insta::assert_snapshot!(said, @r#"
error[E0204]: `jobs` of `[build]` is out of range
 --> config.toml:4:8
  |
4 | jobs = 0
  |        ^
  |
  = help: write a whole number from 1 to 4294967295
error[E0201]: [cache] has no key `form`
 --> config.toml:6:1
  |
6 | form = "x"
  | ^^^^ unknown key
  |
  = help: did you mean `from`?
error[E0201]: the config has no key `stor`
 --> config.toml:1:2
  |
1 | [stor]
  |  ^^^^ unknown key
  |
  = help: did you mean `store`?
"#);
    }
}
