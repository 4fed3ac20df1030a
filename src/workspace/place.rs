//! [`Place`]: where a command runs: the workspace's root, the manifests of its members,
//! and the member that the folder belongs to.
//!
//! The nearest manifest at or above the folder is the command's own. If one above lists
//! its folder in `[workspace] members`, that is the root, and the store, the config and
//! the plan are the whole workspace's. Every manifest is read each time: a plan of one
//! member may need another, and is the same from everywhere.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use globset::Glob;

use super::Stop;
use super::files::{self, Kind};
use crate::diag::{Diagnostic, Sources, Span, Spanned};
use crate::manifest::member::{is_member_name, patterns};
use crate::manifest::{File, LARGEST, Member};
use crate::sys::{PathError, env, fs};

/// The manifest's name.
pub const MANIFEST: &str = "ingot.toml";

/// Where a command runs.
#[derive(Debug)]
pub struct Place {
    /// The workspace's folder.
    pub root: PathBuf,
    /// The manifests, the root's first, then by folder.
    pub files: Vec<File>,
    /// The name of the member in which the command runs; empty for the root.
    pub current: String,
}

impl Place {
    /// Every manifest's member.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.files.iter().map(|file| &file.member)
    }

    /// A member's folder.
    pub fn folder(&self, member: &Member) -> PathBuf {
        match member.folder.as_str() {
            "" => self.root.clone(),
            folder => self.root.join(folder),
        }
    }

    /// The folder of the manifest that is the command's own.
    pub fn own_folder(&self) -> PathBuf {
        let own = self.members().find(|member| member.name == self.current);
        own.map_or(self.root.clone(), |member| self.folder(member))
    }
}

/// Finds the workspace that the command line, or the current folder, is in.
pub fn find(directory: Option<&Path>) -> Result<Place, Stop> {
    let usage = |error: &PathError| {
        let mistake = Diagnostic::error("E1001", error.to_string()).caused_by(error);
        Stop::of(mistake.help("check `-C`"))
    };
    let start = match directory {
        Some(folder) => fs::canonical(folder).map_err(|error| usage(&error))?,
        None => env::directory().map_err(|error| usage(&error))?,
    };
    let mut folders = start.ancestors().filter(|folder| fs::exists(&folder.join(MANIFEST)));
    let Some(own) = folders.next() else {
        return Err(Stop::of(
            Diagnostic::error(
                "E1001",
                format!("there is no {MANIFEST} in {} or above it", start.display()),
            )
            .help("`ingot new NAME` starts a workspace; `-C DIR` names another folder"),
        ));
    };
    // A member's may be a link to another place of the workspace, which is not known yet.
    let bytes = read(own, &own.join(MANIFEST));
    if let Ok(bytes) = &bytes
        && let Some(patterns) = patterns(bytes)
    {
        return Root::read(own, bytes.clone(), &patterns).place(String::new());
    }
    for above in folders {
        let bytes = read(above, &above.join(MANIFEST))?;
        let Some(patterns) = patterns(&bytes) else { continue };
        let workspace = Root::read(above, bytes, &patterns);
        let current = workspace.found.iter().find(|(member, _)| above.join(&member.folder) == own);
        if let Some(current) = current.map(|(member, _)| member.name.clone()) {
            return workspace.place(current);
        }
    }
    let file = File { member: Member::default(), shown: PathBuf::from(MANIFEST), bytes: bytes? };
    Ok(Place { root: own.to_owned(), files: vec![file], current: String::new() })
}

/// Most patterns of a workspace.
const MOST_PATTERNS: usize = 1000;
/// Most members.
const MOST_MEMBERS: usize = 10_000;
/// Most bytes of all their manifests.
const MOST_BYTES: usize = 4 * LARGEST;

fn too_many(count: usize, what: &str, most: usize, place: Span) -> Diagnostic {
    Diagnostic::error("E0218", format!("the workspace has {count} {what}, more than {most}"))
        .label(place, "up to here")
        .help("`*` stands for any name: members = [\"teams/*\"]")
}

/// A root with what its patterns find.
struct Root {
    root: PathBuf,
    bytes: Vec<u8>,
    /// Members by folder, each with the pattern that found it.
    found: Vec<(Member, Span)>,
    mistakes: Vec<Diagnostic>,
}

impl Root {
    fn read(root: &Path, bytes: Vec<u8>, patterns: &[Spanned<String>]) -> Self {
        let mut mistakes = Vec::new();
        let mut found: BTreeMap<String, Span> = BTreeMap::new();
        if let Some(pattern) = patterns.get(MOST_PATTERNS) {
            mistakes.push(too_many(patterns.len(), "patterns", MOST_PATTERNS, pattern.span));
        }
        for pattern in patterns.iter().take(MOST_PATTERNS) {
            let folders = folders(root, &pattern.value);
            if folders.is_empty() {
                let message = format!("`{}` finds no folder with an {MANIFEST}", pattern.value);
                mistakes.push(
                    Diagnostic::error("E0218", message)
                        .label(pattern.span, "")
                        .help("`ingot new DIR` makes one; or correct the pattern"),
                );
            }
            for folder in folders {
                if let Some(link) = link_to(root, &folder) {
                    let message = format!("the member {folder} is behind the link `{link}`");
                    mistakes.push(
                        Diagnostic::error("E0218", message)
                            .label(pattern.span, "")
                            .help("a member is a folder of the workspace: move it here"),
                    );
                    continue;
                }
                found.entry(folder).or_insert(pattern.span);
            }
            if found.len() > MOST_MEMBERS {
                mistakes.push(too_many(found.len(), "members", MOST_MEMBERS, pattern.span));
                break;
            }
        }
        let member = |(folder, span): (String, Span)| {
            let name = folder.rsplit('/').next().unwrap_or_default().to_owned();
            (Member { name, folder }, span)
        };
        let found = found.into_iter().map(member).collect();
        let mut workspace = Self { root: root.to_owned(), bytes, found, mistakes };
        workspace.check_names();
        workspace
    }

    /// Members are told apart by name alone.
    fn check_names(&mut self) {
        let mut seen: HashMap<String, (&Member, Span)> = HashMap::new();
        for (member, span) in &self.found {
            let twin = seen.insert(member.name.to_lowercase(), (member, *span));
            if let Some((other, place)) = twin {
                let message =
                    format!("the members {} and {} have one name", other.folder, member.folder);
                self.mistakes.push(
                    Diagnostic::error("E0217", message)
                        .label(*span, "")
                        .label(place, "the other one")
                        .help("a member is called like its folder: rename one of them"),
                );
            }
            if !is_member_name(&member.name) {
                let message = format!("`{}` cannot be the name of a member", member.name);
                self.mistakes.push(
                    Diagnostic::error("E0205", message)
                        .label(*span, "")
                        .help("use letters, digits, `_` and `-` for the folder's name"),
                );
            }
        }
    }

    /// The place, with every manifest read.
    fn place(self, current: String) -> Result<Place, Stop> {
        if !self.mistakes.is_empty() {
            let text = String::from_utf8_lossy(&self.bytes).into_owned();
            let sources = Sources::of(PathBuf::from(MANIFEST), text);
            return Err(Stop { diagnostics: self.mistakes, sources });
        }
        let shown = PathBuf::from(MANIFEST);
        let mut files = vec![File { member: Member::default(), shown, bytes: self.bytes }];
        let mut all = 0;
        for (member, _) in self.found {
            let shown = Path::new(&member.folder).join(MANIFEST);
            let bytes = read(&self.root, &self.root.join(&shown))?;
            all += bytes.len();
            if all > MOST_BYTES {
                let message = format!("the manifests have more than {MOST_BYTES} bytes together");
                let mistake = Diagnostic::error("E0102", message);
                return Err(Stop::of(mistake.help("data belongs into files that [sources] names")));
            }
            files.push(File { member, shown, bytes });
        }
        Ok(Place { root: self.root, files, current })
    }
}

/// The first link on the way to a folder of the workspace: it may lead out of it.
fn link_to(root: &Path, folder: &str) -> Option<String> {
    let slashes = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    let is_link = |path: &&str| fs::metadata(&root.join(path)).is_ok_and(|it| it.is_symlink());
    slashes.map(|at| &folder[..at]).find(is_link).map(str::to_owned)
}

/// The folders with a manifest that a pattern finds, relative to the root.
fn folders(root: &Path, pattern: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for part in pattern.split('/') {
        let mut next = Vec::new();
        for folder in &found {
            let below = |name: &str| match folder.as_str() {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            match Glob::new(part).ok().filter(|_| part.contains(['*', '?'])) {
                None => next.push(below(part)),
                Some(glob) => {
                    let names = fs::names(&root.join(folder)).unwrap_or_default();
                    let names = names.into_iter().filter_map(|name| name.into_string().ok());
                    let matcher = glob.compile_matcher();
                    let named =
                        names.filter(|name| !name.starts_with('.') && matcher.is_match(name));
                    next.extend(named.map(|name| below(&name)));
                }
            }
        }
        found = next;
    }
    found.retain(|folder| !folder.is_empty() && fs::exists(&root.join(folder).join(MANIFEST)));
    found.sort();
    found
}

/// A manifest of the workspace at `root`.
fn read(root: &Path, path: &Path) -> Result<Vec<u8>, Stop> {
    files::read(root, path, Kind::Manifest)
        .map_err(|error| files::stop(&error, Kind::Manifest, "make the file readable"))
}
