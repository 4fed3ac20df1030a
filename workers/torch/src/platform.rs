//! The declared platform, made true before the first tensor or refused.
//!
//! Invariant: nothing is detected and silently used. Threads, instruction set,
//! device and precision are what the request says, or the step fails with a
//! `W06..` code. libtorch, oneDNN and MKL each choose kernels by a variable of
//! their own, read once: all are set here, before libtorch is asked for anything,
//! and what libtorch then says is compared with what was declared. MKL keeps to its
//! variable on its own maker's processors alone: under `avx2` it computes no matrix
//! product ([`crate::blas`]), and does the rest in the one way that it has everywhere.

use std::sync::Once;

use ingot_protocol::Platform;
use tch::Device;

use crate::error::Error;
use crate::shim;

/// Where and how to compute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compute {
    /// The device that holds every tensor.
    pub device: Device,
    /// Whether matrix products and convolutions run in bf16 (autocast).
    pub bf16: bool,
}

/// Makes `platform` true for this process.
pub fn apply(platform: &Platform) -> Result<Compute, Error> {
    apply_isa(&platform.isa)?;
    apply_threads(platform.threads)?;
    let device = device(&platform.device)?;
    shim::make_deterministic()?;
    let bf16 = match platform.precision.as_str() {
        "fp32" => false,
        "bf16" => true,
        other => return Err(unknown("precision", other, "fp32 and bf16")),
    };
    Ok(Compute { device, bf16 })
}

/// Runs `body` with bf16 autocast where the platform says so.
pub fn with_precision<T>(
    compute: Compute,
    body: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    if !compute.bf16 {
        return body();
    }
    let cuda = compute.device != Device::Cpu;
    shim::set_autocast(cuda, true)?;
    let result = body();
    shim::set_autocast(cuda, false)?;
    result
}

/// libtorch's version and build, as the `stands_on` of the descriptor.
///
/// Asked of the library that is loaded, not of the one that was linked: a
/// `LD_LIBRARY_PATH` can put another in its place. The build is a digest of
/// libtorch's own description of itself (compiler, flags, MKL and oneDNN
/// versions) without the line that says what this machine's processor is.
pub fn libtorch() -> (String, String) {
    let config = shim::show_config();
    let version = config
        .split("TORCH_VERSION=")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .unwrap_or("unknown");
    let build: String = config
        .lines()
        .filter(|line| !line.contains("CPU capability usage"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let digest = blake3::hash(build.as_bytes()).to_hex();
    (version.trim().to_owned(), digest.chars().take(16).collect())
}

fn apply_isa(isa: &str) -> Result<(), Error> {
    // ATen's and oneDNN's words for an instruction set, and MKL's for how it computes.
    let (aten, onednn, mkl) = match isa {
        "default" => ("default", "SSE41", "COMPATIBLE"),
        "avx2" => ("avx2", "AVX2", "COMPATIBLE"),
        "avx512" => ("avx512", "AVX512_CORE", "AVX512"),
        other => return Err(unknown("isa", other, "default, avx2 and avx512")),
    };
    if !processor_has(isa) {
        return Err(Error::Platform {
            what: format!("isa `{isa}`"),
            found: "a processor without it".into(),
        });
    }
    static SET: Once = Once::new();
    let mut set = Ok(());
    SET.call_once(|| {
        set = [
            ("ATEN_CPU_CAPABILITY", aten),
            ("ONEDNN_MAX_CPU_ISA", onednn),
            ("MKL_CBWR", mkl),
            ("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
        ]
        .into_iter()
        .try_for_each(|(name, value)| shim::set_environment(name, value));
    });
    set?;
    choose_products(isa)?;
    let found = shim::cpu_capability();
    // A processor that is no x86 has its own single set and names it as it likes.
    let same =
        found.eq_ignore_ascii_case(aten) || (isa == "default" && !cfg!(target_arch = "x86_64"));
    if same {
        Ok(())
    } else {
        Err(Error::Platform { what: format!("isa `{isa}`"), found: format!("`{found}`") })
    }
}

#[cfg(target_arch = "x86_64")]
fn choose_products(isa: &str) -> Result<(), Error> {
    use crate::blas::{self, Products};

    let products = if isa == "avx2" { Products::Ours } else { Products::Library };
    if blas::choose(products) {
        return Ok(());
    }
    Err(Error::Platform {
        what: format!("isa `{isa}`"),
        found: "another library's matrix products".into(),
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn choose_products(_isa: &str) -> Result<(), Error> {
    Ok(())
}

#[cfg(target_arch = "x86_64")]
fn processor_has(isa: &str) -> bool {
    match isa {
        "avx2" => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
        "avx512" => {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        }
        _ => true,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_has(isa: &str) -> bool {
    isa == "default"
}

fn apply_threads(threads: u32) -> Result<(), Error> {
    let wanted = i32::try_from(threads).unwrap_or(0);
    if wanted < 1 {
        return Err(unknown("threads", &threads.to_string(), "1 and more"));
    }
    tch::set_num_threads(wanted);
    // libtorch lets this be said once a process.
    static INTEROP: Once = Once::new();
    INTEROP.call_once(|| tch::set_num_interop_threads(1));
    let found = tch::get_num_threads();
    if found == wanted {
        Ok(())
    } else {
        Err(Error::Platform { what: format!("threads = {wanted}"), found: found.to_string() })
    }
}

fn device(device: &str) -> Result<Device, Error> {
    match device {
        "cpu" => Ok(Device::Cpu),
        "cuda" if !shim::load_cuda() => Err(Error::NoCuda("this libtorch was built without it")),
        "cuda" if !tch::Cuda::is_available() => Err(Error::NoCuda("no GPU is to be seen here")),
        "cuda" => Ok(Device::Cuda(0)),
        other => Err(unknown("device", other, "cpu and cuda")),
    }
}

fn unknown(name: &str, value: &str, known: &str) -> Error {
    Error::Platform { what: format!("{name} `{value}`"), found: format!("{known} only") }
}
