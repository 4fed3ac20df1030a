//! Seconds of one matrix product, ours and the library's, by turns in one process:
//! `sgemm_` as libtorch calls it, for square matrices, with its own threads. `cargo
//! xtask bench gemm` puts it into its table.

#![allow(clippy::print_stdout, reason = "what a benchmark is for")]

#[cfg(target_arch = "x86_64")]
fn main() {
    square::run();
}

#[cfg(not(target_arch = "x86_64"))]
fn main() {}

#[cfg(target_arch = "x86_64")]
mod square {
    #![allow(unsafe_code, reason = "BLAS is called as libtorch calls it")]

    use std::ffi::{c_char, c_int};
    use std::time::{Duration, Instant};

    use ingot_torch::blas::{Products, choose, sgemm_};
    use ingot_torch::shim;

    /// Each side is timed so often, and so long each time at least.
    const TURNS: usize = 9;
    const LONG: Duration = Duration::from_millis(20);

    /// For 256 to 4096 and one and two threads, a line `SIZE THREADS OURS LIBRARY`: the
    /// median of the turns, in seconds. The argument `--small` leaves out the large ones.
    pub(crate) fn run() {
        // What MKL computes by where `isa` is `avx2`, had it the products.
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

    fn by_turns(size: usize) -> (f64, f64) {
        let values = |step: usize| -> Vec<f32> {
            (0..size * size).map(|index| (index * step % 1000) as f32 / 1000.0 - 0.5).collect()
        };
        let (a, b) = (values(7919), values(104_729));
        let mut c = vec![0.0; size * size];
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..=TURNS {
            for (products, times) in [Products::Ours, Products::Library].into_iter().zip(&mut times)
            {
                choose(products);
                let (begun, mut products) = (Instant::now(), 0_u32);
                while products == 0 || begun.elapsed() < LONG {
                    multiply(&a, &b, &mut c);
                    products += 1;
                }
                // The first turn makes memory and threads.
                if turn > 0 {
                    times.push(begun.elapsed().as_secs_f64() / f64::from(products));
                }
            }
        }
        let [ours, library] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        (ours, library)
    }

    /// `C = A B`; the three are square and of one size.
    fn multiply(a: &[f32], b: &[f32], c: &mut [f32]) {
        let size = c_int::try_from(c.len().isqrt()).unwrap_or(0);
        let (plain, one, zero) = (b'n' as c_char, 1.0_f32, 0.0_f32);
        // SAFETY: three square matrices of this size.
        unsafe {
            sgemm_(
                &plain,
                &plain,
                &size,
                &size,
                &size,
                &one,
                a.as_ptr(),
                &size,
                b.as_ptr(),
                &size,
                &zero,
                c.as_mut_ptr(),
                &size,
            );
        }
    }
}
