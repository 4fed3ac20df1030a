//! `ingot build --watch`: builds again when something that the build reads has changed.
//!
//! Twice a second it looks at the facts (size, times, inode) of the manifest and of every
//! source, path and contract that the last plan reads; it reads none of them. What changes
//! is let come to rest first. A manifest that cannot be planned is shown with its mistakes
//! and waited for. Invariant: no step that asks for a GPU is started, so that a save never
//! takes the machine that others wait for; a change made during a build is seen after it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Arguments, Global, Output};
use crate::diag::Exit;
use crate::engine::inputs::Read;
use crate::manifest::member::within;
use crate::store::glance::Glance;
use crate::sys::{fs, signal};
use crate::workspace::{LOCK, MANIFEST, Settings, Stop};

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(500);
/// What has not changed for so long is at rest.
const REST: Duration = Duration::from_millis(100);

/// What a watching build looks at.
pub(super) struct Watch {
    root: PathBuf,
    /// The folders of the members, relative to the root.
    members: Vec<String>,
    store: PathBuf,
    reads: Vec<Read>,
    /// Whether the last round could not build: the lock may be what has to be mended.
    stopped: bool,
    seen: Glance,
}

/// Builds, waits for a change, builds again, until it is interrupted.
pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let interrupt = Arc::new(AtomicBool::new(false));
    signal::on_interrupt(&interrupt);
    let place = global.place()?;
    let store = Settings::load(Some(&place.root))?.store(&place.root).value;
    let mut watch = Watch {
        root: place.root,
        members: Vec::new(),
        store: fs::canonical(&store).unwrap_or(store),
        reads: Vec::new(),
        stopped: false,
        seen: Glance::default(),
    };
    loop {
        watch.stopped = false;
        // A root that cannot be read now has the members that it had.
        if let Ok(place) = global.place() {
            watch.members = place.members().map(|member| member.folder.clone()).collect();
        }
        watch.begin(None);
        match super::build(arguments, global, output, &interrupt, Some(&mut watch)) {
            Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
            Ok(_) => {}
            Err(stop) if stop.exit() == Exit::Usage => return Err(stop),
            Err(stop) => {
                output.stop(&stop);
                watch.stopped = true;
                watch.add_each(LOCK);
            }
        }
        let files = watch.seen.files();
        let word = if files == 1 { "file" } else { "files" };
        output.note(&format!("watching {files} {word}; Ctrl-C ends it\n"));
        let Some(changed) = watch.wait(&interrupt) else { return Ok(Exit::Interrupted) };
        output.note(&format!("\n{changed} changed\n"));
    }
}

impl Watch {
    /// Takes a look before a build reads anything: whatever changes from now on is seen.
    /// Without a plan, what the one before it reads is still looked at.
    pub(super) fn begin(&mut self, reads: Option<Vec<Read>>) {
        if let Some(reads) = reads {
            self.reads = reads;
        }
        self.seen = self.look();
    }

    /// Looks at this file of each member too.
    fn add_each(&mut self, file: &str) {
        for member in &self.members {
            self.seen.add(&self.root, &within(member, file), &[], &self.store);
        }
    }

    fn look(&self) -> Glance {
        let mut glance = Glance::default();
        let files = [MANIFEST, LOCK];
        let shown = if self.stopped { &files[..] } else { &files[..1] };
        for (member, file) in self.members.iter().flat_map(|m| shown.iter().map(move |f| (m, f))) {
            glance.add(&self.root, &within(member, file), &[], &self.store);
        }
        for read in &self.reads {
            glance.add(&self.root, &read.path, &read.exclude, &self.store);
        }
        glance
    }

    /// The first path that has changed, once everything is at rest; nothing where the
    /// user interrupts.
    fn wait(&self, interrupt: &Arc<AtomicBool>) -> Option<String> {
        let mut last = self.seen.clone();
        loop {
            let pause = if last == self.seen { INTERVAL } else { REST };
            std::thread::sleep(pause);
            if interrupt.load(Ordering::SeqCst) {
                return None;
            }
            let now = self.look();
            if now == last
                && let Some(path) = self.seen.first_difference(&now)
            {
                let root = fs::canonical(&self.root).unwrap_or_else(|_| self.root.clone());
                return Some(path.strip_prefix(root).unwrap_or(path).display().to_string());
            }
            last = now;
        }
    }
}
