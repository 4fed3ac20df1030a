//! Compiles the C++ shim, and tells the linker where libtorch stands at run time:
//! beside an installed worker first, else where it was built against.

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/shim.cpp");
    println!("cargo:rerun-if-env-changed=LIBTORCH_INCLUDE");
    let library = PathBuf::from(
        std::env::var_os("DEP_TCH_LIBTORCH_LIB").ok_or("torch-sys names no libtorch folder")?,
    );
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib/libtorch/lib");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{}", library.display());
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
