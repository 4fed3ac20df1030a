//! Eigenvalues of a symmetric matrix of four rows.

/// Eigenvalues, in no order, each with its vector of length 1.
pub(super) struct Eigen {
    /// The values.
    pub(super) values: [f64; 4],
    /// The vectors.
    pub(super) vectors: [[f64; 4]; 4],
}

impl Eigen {
    /// By Jacobi's rotations, row by row (Golub and Van Loan, 8.5): at most 50 sweeps.
    pub(super) fn new(mut matrix: [[f64; 4]; 4]) -> Self {
        let mut vectors: [[f64; 4]; 4] =
            core::array::from_fn(|row| core::array::from_fn(|at| f64::from(u8::from(row == at))));
        for _ in 0..50 {
            let mut rotated = false;
            for p in 0..3 {
                for q in p + 1..4 {
                    let scale = (matrix[p][p] * matrix[q][q]).abs().sqrt();
                    if matrix[p][q].abs() <= 1e-18 * scale || matrix[p][q] == 0.0 {
                        continue;
                    }
                    rotated = true;
                    rotate(&mut matrix, &mut vectors, p, q);
                }
            }
            if !rotated {
                break;
            }
        }
        Self { values: core::array::from_fn(|at| matrix[at][at]), vectors }
    }
}

/// Makes the element of rows p and q 0.
fn rotate(matrix: &mut [[f64; 4]; 4], vectors: &mut [[f64; 4]; 4], p: usize, q: usize) {
    let angle = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = angle.signum() / (angle.abs() + (angle * angle + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in matrix.iter_mut() {
        let (left, right) = (row[p], row[q]);
        row[p] = cosine * left - sine * right;
        row[q] = sine * left + cosine * right;
    }
    for rows in [matrix, vectors] {
        let (left, right) = (rows[p], rows[q]);
        rows[p] = core::array::from_fn(|at| cosine * left[at] - sine * right[at]);
        rows[q] = core::array::from_fn(|at| sine * left[at] + cosine * right[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_vectors_is_its_values_times_them() {
        let matrix = [
            [4.0, 1.0, 0.5, 0.0],
            [1.0, 3.0, 0.0, 0.2],
            [0.5, 0.0, 2.0, 1.0],
            [0.0, 0.2, 1.0, 1.0],
        ];
        let eigen = Eigen::new(matrix);
        for (value, vector) in eigen.values.iter().zip(&eigen.vectors) {
            for (row, element) in matrix.iter().zip(vector) {
                let product: f64 = row.iter().zip(vector).map(|(a, b)| a * b).sum();
                assert!((product - value * element).abs() < 1e-14);
            }
        }
    }
}
