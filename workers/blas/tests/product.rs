//! The product against a plain one in f64, and what must never change a bit.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used)]

use ingot_blas::gemm::DEPTH;
use ingot_blas::{Element, Gemm, Operand, available, multiply};
use proptest::prelude::*;

/// Numbers in [-1, 1) from a multiplier (Knuth's MMIX).
fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        })
        .collect()
}

#[derive(Debug, Clone)]
struct Case {
    sizes: (usize, usize, usize),
    turned: (bool, bool),
    /// Places between columns that belong to nobody.
    gaps: (usize, usize, usize),
    alpha: f64,
    beta: f64,
    seed: u64,
}

impl Case {
    fn new(sizes: (usize, usize, usize)) -> Self {
        Self { sizes, turned: (false, false), gaps: (0, 0, 0), alpha: 1.0, beta: 0.0, seed: 1 }
    }

    /// A, B and C in memory: (values, stride).
    fn memory(&self) -> [(Vec<f64>, usize); 3] {
        let (m, n, k) = self.sizes;
        let shape = |rows: usize, columns: usize, turned: bool| {
            if turned { (columns, rows) } else { (rows, columns) }
        };
        let shapes = [shape(m, k, self.turned.0), shape(k, n, self.turned.1), (m, n)];
        let gaps = [self.gaps.0, self.gaps.1, self.gaps.2];
        let mut seed = self.seed;
        std::array::from_fn(|which| {
            let (rows, columns) = shapes[which];
            let stride = rows + gaps[which];
            seed += 1;
            (numbers(seed, stride * columns), stride)
        })
    }

    /// What C becomes, and how far each element may be from it, with `epsilon` the unit
    /// of rounding: (k + 3) roundings of the sum of absolute values.
    fn expected(&self, epsilon: f64) -> Vec<(f64, f64)> {
        let [(a, lda), (b, ldb), (c, ldc)] = self.memory();
        let (m, n, k) = self.sizes;
        let (a_turned, b_turned) = self.turned;
        let mut all: Vec<(f64, f64)> = c.iter().map(|value| (*value, 0.0)).collect();
        for j in 0..n {
            for i in 0..m {
                let terms = (0..k).map(|p| {
                    a[if a_turned { p + i * lda } else { i + p * lda }]
                        * b[if b_turned { j + p * ldb } else { p + j * ldb }]
                });
                let (sum, size) =
                    terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + f64::abs(term)));
                let before = c[i + j * ldc];
                let size = self.alpha.abs() * size + (self.beta * before).abs();
                let value = self.alpha * sum + self.beta * before;
                all[i + j * ldc] = (value, 1.1 * (k + 3) as f64 * epsilon * size);
            }
        }
        all
    }

    fn run<T: Element>(&self, threads: usize, from: impl Fn(f64) -> T) -> Vec<T> {
        let [(a, lda), (b, ldb), (c, ldc)] = self.memory();
        let convert = |values: &[f64]| values.iter().map(|value| from(*value)).collect::<Vec<T>>();
        let (a, b, mut c) = (convert(&a), convert(&b), convert(&c));
        let gemm = Gemm {
            m: self.sizes.0,
            n: self.sizes.1,
            k: self.sizes.2,
            alpha: from(self.alpha),
            a: operand(&a, lda, self.turned.0),
            b: operand(&b, ldb, self.turned.1),
            beta: from(self.beta),
        };
        assert!(multiply(&gemm, &mut c, ldc, threads));
        c
    }

    /// The bits, by the order that [`Gemm`] promises, one number at a time.
    fn exact<T: Element>(&self, from: impl Fn(f64) -> T) -> Vec<T> {
        let [(a, lda), (b, ldb), (c, ldc)] = self.memory();
        let (m, n, k) = self.sizes;
        let (alpha, beta) = (from(self.alpha), from(self.beta));
        let mut all: Vec<T> = c.iter().map(|value| from(*value)).collect();
        for (i, j) in (0..n).flat_map(|j| (0..m).map(move |i| (i, j))) {
            let place = &mut all[i + j * ldc];
            let scaled = |factor: T, value: T| {
                if factor == T::default() { T::default() } else { factor * value }
            };
            if k == 0 || self.alpha == 0.0 {
                *place = scaled(beta, *place);
                continue;
            }
            for first in (0..k).step_by(DEPTH) {
                let mut sum = T::default();
                for p in first..k.min(first + DEPTH) {
                    let a = a[if self.turned.0 { p + i * lda } else { i + p * lda }];
                    let b = b[if self.turned.1 { j + p * ldb } else { p + j * ldb }];
                    sum = from(a).fused(from(b), sum);
                }
                let kept = if first > 0 { T::ONE } else { beta };
                *place = if kept == T::default() {
                    alpha * sum
                } else {
                    kept.fused(*place, alpha * sum)
                };
            }
        }
        all
    }

    fn check(&self) {
        let single = self.run(1, |value| value as f32);
        // The inputs were rounded once each, too.
        let expected = self.expected(f64::from(f32::EPSILON) * 2.0);
        for (place, (found, (value, bound))) in single.iter().zip(expected).enumerate() {
            let far = (f64::from(*found) - value).abs();
            assert!(far <= bound.max(1e-7), "{self:?} at {place}: {found} and {value}");
        }
        let double = self.run(1, |value| value);
        let expected = self.expected(f64::EPSILON);
        for (place, (found, (value, bound))) in double.iter().zip(expected).enumerate() {
            assert!((found - value).abs() <= bound.max(1e-16), "{self:?} at {place}");
        }
        let singles = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let doubles = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        let (single, double) = (singles(single), doubles(double));
        assert!(single == singles(self.exact(|value| value as f32)), "{self:?}: not the order");
        assert!(double == doubles(self.exact(|value| value)), "{self:?}: not the order");
        for threads in [2, 3, 8] {
            let more = self.run(threads, |value| value as f32);
            assert!(single == singles(more), "{self:?} by {threads} threads");
            let more = self.run(threads, |value| value);
            assert!(double == doubles(more), "{self:?} by {threads} threads");
        }
    }
}

fn operand<T>(values: &[T], stride: usize, turned: bool) -> Operand<'_, T> {
    let (row_stride, column_stride) = if turned { (stride, 1) } else { (1, stride) };
    Operand { values, row_stride, column_stride }
}

fn cases() -> impl Strategy<Value = Case> {
    let size = || prop_oneof![0_usize..40, 40_usize..300];
    let factor = || prop_oneof![Just(0.0), Just(1.0), Just(-1.0), Just(0.37)];
    let turned = (any::<bool>(), any::<bool>());
    let gaps = (0_usize..4, 0_usize..4, 0_usize..4);
    ((size(), size(), size()), turned, gaps, factor(), factor(), 0_u64..1000).prop_map(
        |(sizes, turned, gaps, alpha, beta, seed)| Case { sizes, turned, gaps, alpha, beta, seed },
    )
}

#[allow(clippy::print_stdout, reason = "why a test is skipped")]
fn there() -> bool {
    let there = available();
    if !there {
        println!("skipped: this processor has no AVX2");
    }
    there
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_product_is_near_the_plain_one_and_the_same_by_any_number_of_threads(case in cases()) {
        if there() {
            case.check();
        }
    }
}

#[test]
fn sizes_around_the_blocks() {
    if !there() {
        return;
    }
    for sizes in [
        (16, 6, 256),
        (17, 7, 257),
        (192, 6, 255),
        (193, 13, 513),
        (1, 3073, 9),
        (400, 1, 600),
        (1, 1, 1),
        (15, 5, 8),
    ] {
        for turned in [(false, false), (true, false), (false, true), (true, true)] {
            Case { turned, beta: 0.5, gaps: (1, 0, 2), ..Case::new(sizes) }.check();
        }
    }
}

#[test]
fn the_example_by_hand() {
    if !there() {
        return;
    }
    let (a, b, mut c) = ([1.0_f32, 3.0, 2.0, 4.0], [5.0, 6.0], [f32::NAN; 2]);
    let (a, b) = (operand(&a, 2, false), operand(&b, 2, false));
    let gemm = Gemm { m: 2, n: 1, k: 2, alpha: 1.0, a, b, beta: 0.0 };
    assert!(multiply(&gemm, &mut c, 2, 1));
    assert_eq!(c, [17.0, 39.0], "and what C held was not read");
}

#[test]
fn nothing_to_sum_is_beta_times_c() {
    if !there() {
        return;
    }
    for (k, alpha) in [(0, 1.0), (5, 0.0)] {
        // What is not read may be anything.
        let a = vec![f32::NAN; 3 * k];
        let b = vec![f32::NAN; 2 * k];
        let (a, b) = (operand(&a, 3, false), operand(&b, k.max(1), false));
        for (beta, before, after) in [(0.0, f32::NAN, 0.0), (2.0, 1.5, 3.0), (1.0, 1.5, 1.5)] {
            let mut c = [before; 6];
            assert!(multiply(&Gemm { m: 3, n: 2, k, alpha, a, b, beta }, &mut c, 3, 2));
            assert_eq!(c, [after; 6]);
        }
    }
}

#[test]
fn an_element_does_not_know_where_it_stands() {
    if !there() {
        return;
    }
    let whole = Case::new((210, 37, 700));
    let [(a, lda), (b, ldb), _] = whole.memory();
    let (a, b): (Vec<f32>, Vec<f32>) =
        (a.iter().map(|v| *v as f32).collect(), b.iter().map(|v| *v as f32).collect());
    let all = whole.run(1, |value| value as f32);
    for (i, j) in [(0, 0), (15, 5), (16, 6), (191, 36), (209, 36)] {
        let (a, b) = (operand(&a[i..], lda, false), operand(&b[j * ldb..], ldb, false));
        let mut c = [0.0_f32];
        let gemm = Gemm { m: 1, n: 1, k: 700, alpha: 1.0, a, b, beta: 0.0 };
        assert!(multiply(&gemm, &mut c, 1, 1));
        assert_eq!(c[0].to_bits(), all[i + j * 210].to_bits());
    }
}

#[test]
fn a_c_that_is_too_short_is_refused() {
    if !there() {
        return;
    }
    let values = [1.0_f32; 16];
    let (a, b) = (operand(&values, 4, false), operand(&values, 4, false));
    let gemm = Gemm { m: 4, n: 4, k: 4, alpha: 1.0, a, b, beta: 0.0 };
    assert!(!multiply(&gemm, &mut [0.0; 15], 4, 1));
    assert!(!multiply(&gemm, &mut [0.0; 16], 3, 1));
    assert!(!multiply(&gemm, &mut [0.0; 16], usize::MAX, 1));
}
