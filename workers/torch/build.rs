//! Compiles the C++ shim, and tells the linker where libtorch stands at run time
//! (beside an installed worker first, else where it was built against) and which names
//! of the worker's libtorch is to find.

use std::error::Error;
use std::path::{Path, PathBuf};

/// What `src/blas.rs` puts in front of libtorch's own.
const PRODUCTS: [&str; 4] = ["sgemm_", "dgemm_", "cblas_sgemm_batch", "cblas_dgemm_batch"];
/// What `src/vector_math.rs` does, behind `vms` (f32) and `vmd` (f64).
const FUNCTIONS: [&str; 15] = [
    "Sqrt", "Trunc", "Exp", "Ln", "Log2", "Log10", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan",
    "Tanh", "Erf", "Erfc",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/shim.cpp");
    println!("cargo:rerun-if-env-changed=LIBTORCH_INCLUDE");
    let library = PathBuf::from(
        std::env::var_os("DEP_TCH_LIBTORCH_LIB").ok_or("torch-sys names no libtorch folder")?,
    );
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/libtorch/lib");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", library.display());
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86_64") {
        let functions =
            FUNCTIONS.iter().flat_map(|name| [format!("vms{name}"), format!("vmd{name}")]);
        for name in PRODUCTS.map(str::to_owned).into_iter().chain(functions) {
            println!("cargo:rustc-link-arg=-Wl,--export-dynamic-symbol={name}");
        }
    }
    let home = std::env::var_os("LIBTORCH_INCLUDE")
        .map(PathBuf::from)
        .or_else(|| library.parent().map(Path::to_path_buf))
        .ok_or("libtorch's lib folder has no parent")?;
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .pic(true)
        .warnings(false)
        .include(home.join("include"))
        .file("src/shim.cpp")
        .try_compile("ingot_torch_shim")?;
    Ok(())
}
