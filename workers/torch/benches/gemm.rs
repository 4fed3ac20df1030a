//! Seconds of a matrix product, ours and the library's, by turns in one process:
//! libtorch multiplies square matrices with its own threads. `cargo xtask bench gemm`
//! puts it into its table.

#![allow(clippy::print_stdout, reason = "what a benchmark is for")]

#[cfg(target_arch = "x86_64")]
fn main() {
    square::run();
}

#[cfg(not(target_arch = "x86_64"))]
fn main() {}

#[cfg(target_arch = "x86_64")]
mod square {
    use std::time::{Duration, Instant};

    use ingot_torch::blas::{Products, choose};
    use ingot_torch::shim;
    use tch::{Device, Kind, Tensor};

    /// Each side is timed so often at least, and both so long.
    const TURNS: usize = 9;
    const LONG: Duration = Duration::from_millis(500);

    /// For 256 to 4096 and one and two threads, a line `SIZE THREADS OURS LIBRARY`: the
    /// shortest time of each, in seconds, which what else runs disturbs least. The
    /// argument `--small` leaves out the large ones.
    pub(crate) fn run() {
        // What MKL would compute by where `isa` is `avx2`.
        let set = shim::set_environment("MKL_CBWR", "AVX2");
        assert!(set.is_ok() && choose(Products::Ours) && choose(Products::Library));
        let most = if std::env::args().any(|word| word == "--small") { 512 } else { 4096 };
        for threads in [1, 2] {
            tch::set_num_threads(threads);
            for size in [256, 512, 1024, 2048, 4096].into_iter().filter(|size| *size <= most) {
                let (ours, library) = by_turns(size);
                println!("{size} {threads} {ours:.9} {library:.9}");
            }
        }
    }

    fn by_turns(size: i64) -> (f64, f64) {
        let _no_grad = tch::no_grad_guard();
        let matrix = || Tensor::rand([size, size], (Kind::Float, Device::Cpu));
        let (a, b, c) = (matrix(), matrix(), matrix());
        let mut shortest = [f64::INFINITY; 2];
        let begun = Instant::now();
        let mut turns = 0;
        while turns < TURNS || begun.elapsed() < LONG {
            let sides = [Products::Ours, Products::Library];
            for (products, shortest) in sides.into_iter().zip(&mut shortest) {
                choose(products);
                let begun = Instant::now();
                let _ = a.matmul_out(&c, &b);
                *shortest = shortest.min(begun.elapsed().as_secs_f64());
            }
            turns += 1;
        }
        (shortest[0], shortest[1])
    }
}
