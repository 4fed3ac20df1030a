//! Powers of Durbin's matrix.

/// 2^128, by which products are scaled.
const LARGE: f64 = 3.402_823_669_209_385e38;

/// P(D_n <= x): n! / n^n times the middle element of the n-th power of a matrix of
/// 2 ceil(n x) - 1 rows.
///
/// Marsaglia, Tsang and Wang, Evaluating Kolmogorov's Distribution (2003). Products run row
/// by row in index order.
pub(super) fn distribution(n: u64, x: f64) -> f64 {
    let size = n as f64;
    let t = size * x;
    let middle = t.ceil() as usize;
    let rows = 2 * middle - 1;
    let mut power = matrix(rows, middle as f64 - t);
    let (mut exponent, mut power_exponent) = (0_i64, 0_i64);
    let mut product: Vec<f64> =
        (0..rows * rows).map(|at| if at / rows == at % rows { 1.0 } else { 0.0 }).collect();
    let mut left = n;
    while left > 0 {
        if left % 2 == 1 {
            product = times(&product, &power, rows);
            exponent += power_exponent;
        }
        power = times(&power, &power, rows);
        power_exponent *= 2;
        if power[(middle - 1) * rows + middle - 1].abs() > LARGE {
            power.iter_mut().for_each(|element| *element /= LARGE);
            power_exponent += 128;
        }
        left /= 2;
    }
    let mut probability = product[(middle - 1) * rows + middle - 1];
    for i in 1..=n {
        probability = i as f64 * probability / size;
        if probability.abs() < 1.0 / LARGE {
            probability *= LARGE;
            exponent -= 128;
        }
    }
    let exponent = exponent.clamp(-100_000, 100_000) as i32;
    libm::ldexp(probability, exponent).clamp(0.0, 1.0)
}

/// The matrix of a fractional part.
fn matrix(rows: usize, part: f64) -> Vec<f64> {
    let mut inverse_factorials = vec![1.0; rows + 1]; // 1 / j!
    for j in 1..=rows {
        inverse_factorials[j] = inverse_factorials[j - 1] / j as f64;
    }
    let power = |exponent: usize| libm::pow(part, exponent as f64);
    let mut column: Vec<f64> =
        (1..=rows).map(|j| (1.0 - power(j)) * inverse_factorials[j]).collect();
    let corner = libm::pow((2.0 * part - 1.0).max(0.0), rows as f64) - 2.0 * power(rows);
    column[rows - 1] = (1.0 + corner) * inverse_factorials[rows];
    let mut matrix = vec![0.0; rows * rows];
    for row in 0..rows {
        for at in 1..rows.min(row + 2) {
            matrix[row * rows + at] = inverse_factorials[row + 1 - at];
        }
        matrix[row * rows] = column[row];
    }
    for at in 0..rows {
        matrix[(rows - 1) * rows + at] = column[rows - 1 - at];
    }
    matrix
}

fn times(left: &[f64], right: &[f64], rows: usize) -> Vec<f64> {
    let mut product = vec![0.0; rows * rows];
    for (row, of_left) in product.chunks_exact_mut(rows).zip(left.chunks_exact(rows)) {
        for (&factor, of_right) in of_left.iter().zip(right.chunks_exact(rows)) {
            if factor != 0.0 {
                for (sum, &element) in row.iter_mut().zip(of_right) {
                    *sum += factor * element;
                }
            }
        }
    }
    product
}
