//! The elementary functions that libtorch calls, in front of those that it brings.
//!
//! MKL's begin with the processor's own guesses (`rsqrtps`, `rcpps`), which are other
//! ones on another maker's: even its square root is not the nearest number. Where
//! [`crate::blas`] has the products, these are the functions: the square root and
//! `trunc` are exact, the others those of the crate `libm`, one number at a time. The
//! inverse of erf is MKL's still; nothing here calls it.
//!
//! Why `unsafe`: see [`crate::blas`].
#![allow(unsafe_code, reason = "called with bare pointers, by name")]

use std::ffi::{CStr, c_int, c_void};

use crate::blas::{library_has, ours};

/// The names that libtorch calls and the functions behind them.
macro_rules! functions {
    ($($single:ident $double:ident $of_single:expr, $of_double:expr;)*) => {
        /// Every exported name, and what stands here under it.
        pub(crate) fn exported() -> Vec<(&'static CStr, *const c_void)> {
            let named = |name: &'static str, place| {
                (CStr::from_bytes_with_nul(name.as_bytes()).unwrap_or_default(), place)
            };
            vec![$(
                named(concat!(stringify!($single), "\0"), $single as *const c_void),
                named(concat!(stringify!($double), "\0"), $double as *const c_void),
            )*]
        }

        $(
            functions!(one $single f32 $of_single);
            functions!(one $double f64 $of_double);
        )*
    };
    (one $name:ident $scalar:ident $function:expr) => {
        /// MKL's call: `count` numbers from `from` to `to`, which may be the same.
        ///
        /// # Safety
        ///
        /// As MKL says.
        #[unsafe(no_mangle)]
        #[allow(non_snake_case, reason = "MKL's name")]
        pub unsafe extern "C" fn $name(
            count: c_int,
            from: *const $scalar,
            to: *mut $scalar,
            mode: i64,
        ) {
            if ours() {
                for index in 0..usize::try_from(count).unwrap_or(0) {
                    // SAFETY: both have `count` numbers, by the caller's promise.
                    unsafe { *to.add(index) = $function(*from.add(index)) };
                }
            } else {
                let mut function: unsafe extern "C" fn(_, _, _, _) = $name;
                // SAFETY: the library's function of this name is of this type.
                unsafe {
                    library_has(concat!(stringify!($name), "\0"), &mut function);
                    function(count, from, to, mode);
                }
            }
        }
    };
}

functions! {
    vmsSqrt vmdSqrt f32::sqrt, f64::sqrt;
    vmsTrunc vmdTrunc f32::trunc, f64::trunc;
    vmsExp vmdExp libm::expf, libm::exp;
    vmsLn vmdLn libm::logf, libm::log;
    vmsLog2 vmdLog2 libm::log2f, libm::log2;
    vmsLog10 vmdLog10 libm::log10f, libm::log10;
    vmsSin vmdSin libm::sinf, libm::sin;
    vmsCos vmdCos libm::cosf, libm::cos;
    vmsTan vmdTan libm::tanf, libm::tan;
    vmsAsin vmdAsin libm::asinf, libm::asin;
    vmsAcos vmdAcos libm::acosf, libm::acos;
    vmsAtan vmdAtan libm::atanf, libm::atan;
    vmsTanh vmdTanh libm::tanhf, libm::tanh;
    vmsErf vmdErf libm::erff, libm::erf;
    vmsErfc vmdErfc libm::erfcf, libm::erfc;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tch::{Device, Kind, Tensor};

    use crate::blas::{Products, choose};
    use crate::random::{alone, reseed};

    #[test]
    fn libtorch_calls_the_functions_of_this_program() {
        if !ingot_blas::available() {
            println!("skipped: this processor has no AVX2");
            return;
        }
        let _alone = alone();
        reseed(3, "test", 0).unwrap();
        assert!(choose(Products::Ours));
        let x = Tensor::rand([1000], (Kind::Float, Device::Cpu));
        let values = Vec::<f32>::try_from(&x).unwrap();
        for (found, function) in [
            (x.sqrt(), f32::sqrt as fn(f32) -> f32),
            (x.cos(), libm::cosf),
            (x.sin(), libm::sinf),
            (x.tanh(), libm::tanhf),
        ] {
            let expected: Vec<f32> = values.iter().map(|value| function(*value)).collect();
            assert!(Vec::<f32>::try_from(found).unwrap() == expected);
        }
    }
}
