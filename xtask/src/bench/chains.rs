//! The common work: files copied from step to step in chains, for us and for each peer.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Bench;

/// How long each chain is.
const LENGTH: usize = 10;

/// Writes `ingot.toml` and the sources of so many `cp` steps. A variable tells the links
/// of a chain apart: else they would be one action, which runs once.
pub(crate) fn for_ingot(folder: &Path, steps: usize) -> Result<()> {
    sources(folder, steps)?;
    let mut text = "[pipeline]\nname = \"chains\"\nedition = 1\n".to_owned();
    for chain in 0..steps / LENGTH {
        let _ = write!(text, "[sources.s{chain}]\npath = \"data/{chain}\"\n");
        for link in 0..LENGTH {
            let from = match link {
                0 => format!("s{chain}"),
                _ => format!("c{chain}-{}.to", link - 1),
            };
            let _ = write!(
                text,
                "[steps.c{chain}-{link}]\nkind = \"command\"\n\
                 run = [\"cp\", \"{{inputs.from}}\", \"{{outputs.to}}\"]\n\
                 inputs.from = \"{from}\"\noutputs.to = \"files\"\n\
                 environment.LINK = \"{link}\"\n"
            );
        }
    }
    Ok(fs::write(folder.join("ingot.toml"), text)?)
}

/// Writes `build.ninja` and the same sources. `wall` is what stands in front of each `cp`.
pub(crate) fn for_ninja(folder: &Path, steps: usize, wall: &str) -> Result<()> {
    sources(folder, steps)?;
    let mut text = format!("rule cp\n  command = {wall}cp $in $out\n");
    for chain in 0..steps / LENGTH {
        for link in 0..LENGTH {
            let from = match link {
                0 => format!("data/{chain}"),
                _ => format!("out/{chain}-{}", link - 1),
            };
            let _ = writeln!(text, "build out/{chain}-{link}: cp {from}");
        }
    }
    fs::create_dir_all(folder.join("out"))?;
    Ok(fs::write(folder.join("build.ninja"), text)?)
}

/// Writes `dvc.yaml`, the same sources, and a repository around them.
pub(crate) fn for_dvc(bench: &Bench, dvc: &Path, folder: &Path, steps: usize) -> Result<()> {
    sources(folder, steps)?;
    let mut text = "stages:\n".to_owned();
    for chain in 0..steps / LENGTH {
        for link in 0..LENGTH {
            let from = match link {
                0 => format!("data/{chain}"),
                _ => format!("out/{chain}-{}", link - 1),
            };
            let to = format!("out/{chain}-{link}");
            let _ = write!(
                text,
                "  c{chain}-{link}:\n    cmd: cp {from} {to}\n    deps: [{from}]\n    outs: [{to}]\n"
            );
        }
    }
    fs::create_dir_all(folder.join("out"))?;
    fs::write(folder.join("dvc.yaml"), text)?;
    super::measure::timed(dvc_command(bench, dvc, folder).args(["init", "--no-scm", "--quiet"]))?;
    Ok(())
}

/// `dvc` in a folder, without its report to its makers.
pub(crate) fn dvc_command(bench: &Bench, dvc: &Path, folder: &Path) -> Command {
    let mut command = Command::new(dvc);
    command
        .current_dir(folder)
        .env("DVC_NO_ANALYTICS", "1")
        .env("HOME", &bench.folder)
        .env("DVC_GLOBAL_CONFIG_DIR", bench.folder.join("dvc-global"))
        .env("DVC_SITE_CACHE_DIR", bench.folder.join("dvc-site"));
    command
}

/// `ingot` in a folder, with nothing of the user's environment.
pub(crate) fn ingot_command(bench: &Bench, folder: &Path) -> Command {
    let mut command = Command::new(&bench.ingot);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &bench.folder);
    command
}

fn sources(folder: &Path, steps: usize) -> Result<()> {
    fs::create_dir_all(folder.join("data"))?;
    for chain in 0..steps / LENGTH {
        fs::write(folder.join(format!("data/{chain}")), format!("source {chain}\n"))?;
    }
    Ok(())
}
