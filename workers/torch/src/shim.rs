//! Calls into `shim.cpp`, for what `tch` does not bind.
//!
//! Why `unsafe`: a foreign function cannot promise the compiler anything. What
//! each call needs is checked here in safe code first: list lengths are equal,
//! strings end with a zero, tensors live as long as the call. The C++ side catches
//! every exception and returns it as text. Nothing here decides anything.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int};

use tch::Tensor;
use torch_sys::C_tensor;

use crate::error::Error;

unsafe extern "C" {
    fn ingot_free(text: *mut c_char);
    fn ingot_adamw_step(
        count: usize,
        parameters: *const *const C_tensor,
        gradients: *const *const C_tensor,
        means: *const *const C_tensor,
        squares: *const *const C_tensor,
        steps: *const *const C_tensor,
        lr: f64,
        beta1: f64,
        beta2: f64,
        weight_decay: f64,
        eps: f64,
    ) -> *mut c_char;
    fn ingot_clear_gradients(count: usize, parameters: *const *const C_tensor) -> *mut c_char;
    fn ingot_make_deterministic() -> *mut c_char;
    fn ingot_set_autocast(cuda: c_int, enabled: c_int) -> *mut c_char;
    fn ingot_cpu_capability() -> *mut c_char;
    fn ingot_show_config() -> *mut c_char;
    fn ingot_set_environment(name: *const c_char, value: *const c_char) -> c_int;
    fn ingot_load_cuda() -> c_int;
}

/// The tensors of one AdamW step: five lists of one length, a place a parameter.
pub struct AdamWLists<'a> {
    /// Parameters, updated in place.
    pub parameters: Vec<&'a Tensor>,
    /// Their gradients.
    pub gradients: Vec<&'a Tensor>,
    /// First moments, updated in place.
    pub means: Vec<&'a Tensor>,
    /// Second moments, updated in place.
    pub squares: Vec<&'a Tensor>,
    /// The number of this step, from 1, as float scalars.
    pub steps: Vec<&'a Tensor>,
}

/// The constants of one AdamW step, by PyTorch's names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWConstants {
    /// Learning rate of this step.
    pub lr: f64,
    /// Decay rates of the two moments.
    pub betas: (f64, f64),
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Added to the denominator.
    pub eps: f64,
}

/// One fused AdamW step (`at::_fused_adamw_`), in place and without autograd.
pub fn adamw_step(lists: &AdamWLists<'_>, constants: AdamWConstants) -> Result<(), Error> {
    let count = lists.parameters.len();
    let others = [&lists.gradients, &lists.means, &lists.squares, &lists.steps];
    if others.iter().any(|list| list.len() != count) {
        return Err(Error::Torch("AdamW lists differ in length".into()));
    }
    let parameters = pointers(&lists.parameters);
    let gradients = pointers(&lists.gradients);
    let means = pointers(&lists.means);
    let squares = pointers(&lists.squares);
    let steps = pointers(&lists.steps);
    // SAFETY: each pointer list has `count` places, and the tensors behind them are
    // borrowed by `lists` for the whole call.
    let message = unsafe {
        ingot_adamw_step(
            count,
            parameters.as_ptr(),
            gradients.as_ptr(),
            means.as_ptr(),
            squares.as_ptr(),
            steps.as_ptr(),
            constants.lr,
            constants.betas.0,
            constants.betas.1,
            constants.weight_decay,
            constants.eps,
        )
    };
    checked(message)
}

/// Removes the gradients of the tensors, so that the next backward pass starts
/// from none.
pub fn clear_gradients(parameters: &[&Tensor]) -> Result<(), Error> {
    let list = pointers(parameters);
    // SAFETY: the list has as many places as said, and its tensors are borrowed.
    checked(unsafe { ingot_clear_gradients(list.len(), list.as_ptr()) })
}

/// Makes libtorch refuse every algorithm whose result can differ between runs.
pub fn make_deterministic() -> Result<(), Error> {
    // SAFETY: no arguments; sets flags of libtorch's global context.
    checked(unsafe { ingot_make_deterministic() })
}

/// Switches bf16 autocast on this thread.
pub fn set_autocast(cuda: bool, enabled: bool) -> Result<(), Error> {
    // SAFETY: plain integers; sets thread-local flags of libtorch.
    checked(unsafe { ingot_set_autocast(c_int::from(cuda), c_int::from(enabled)) })
}

/// The instruction set that libtorch's own kernels use: `DEFAULT`, `AVX2`, `AVX512`.
/// The first call fixes it for the process.
pub fn cpu_capability() -> String {
    // SAFETY: no arguments; the returned string is owned by us.
    owned(unsafe { ingot_cpu_capability() }).unwrap_or_default()
}

/// libtorch's description of its build, several lines.
pub fn show_config() -> String {
    // SAFETY: no arguments; the returned string is owned by us.
    owned(unsafe { ingot_show_config() }).unwrap_or_default()
}

/// Sets an environment variable of this process. To be called before libtorch is
/// asked for anything and before any thread is started: nothing else may read
/// the environment meanwhile.
pub fn set_environment(name: &str, value: &str) -> Result<(), Error> {
    let refused = || Error::Torch(format!("cannot set {name} in the environment"));
    let name = CString::new(name).map_err(|_| refused())?;
    let value = CString::new(value).map_err(|_| refused())?;
    // SAFETY: both strings end with a zero and outlive the call, which copies them;
    // the caller holds the rule above.
    let code = unsafe { ingot_set_environment(name.as_ptr(), value.as_ptr()) };
    if code == 0 { Ok(()) } else { Err(refused()) }
}

/// Loads libtorch's CUDA half; false when it is not there.
pub fn load_cuda() -> bool {
    // SAFETY: loads a library that belongs to the libtorch already loaded; its
    // initialisers register kernels and touch nothing of ours.
    unsafe { ingot_load_cuda() != 0 }
}

fn pointers(tensors: &[&Tensor]) -> Vec<*const C_tensor> {
    tensors.iter().map(|tensor| tensor.as_ptr()).collect()
}

fn checked(message: *mut c_char) -> Result<(), Error> {
    owned(message).map_or(Ok(()), |message| Err(Error::torch(&message)))
}

fn owned(text: *mut c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, so a zero-terminated string from strdup that is ours: it is
    // copied once and freed once.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        ingot_free(text);
        Some(copy)
    }
}
