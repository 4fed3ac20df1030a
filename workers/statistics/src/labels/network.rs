//! The order of numbers, with ties as NumPy has them.

/// Most numbers that are sorted by the network.
const NETWORK: usize = 256;

/// The places of finite numbers, the least one first.
///
/// NumPy's `argsort` where the processor has AVX2 or AVX-512: up to 256 numbers go through
/// Batcher's bitonic network (1968) of the next power of two, whose merges begin with a comparison
/// of both halves in opposite orders and which never swaps equals. So which of two equal numbers
/// comes first depends on all places, and may be the second. Of more numbers NumPy's ties
/// depend on the processor; here the first comes first.
///
/// Of 2, 1, 0, 1, 0, 2, 1: the third and fifth, the fourth, second and seventh, the first and
/// sixth.
pub(super) fn argsort(values: &[f64]) -> Vec<usize> {
    let mut pairs: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    if values.len() > NETWORK {
        pairs.sort_by(|one, other| (one.0 + 0.0).total_cmp(&(other.0 + 0.0)));
    } else {
        let size = values.len().next_power_of_two();
        pairs.extend((values.len()..size).map(|place| (f64::INFINITY, place)));
        sort(&mut pairs);
    }
    let places = pairs.into_iter().map(|(_, place)| place);
    places.filter(|place| *place < values.len()).collect()
}

/// The network over a power of two of pairs.
fn sort(pairs: &mut [(f64, usize)]) {
    let mut merged = 2;
    while merged <= pairs.len() {
        for part in pairs.chunks_exact_mut(merged) {
            let (first, second) = part.split_at_mut(merged / 2);
            first.iter_mut().zip(second.iter_mut().rev()).for_each(exchange);
        }
        let mut apart = merged / 4;
        while apart > 0 {
            for part in pairs.chunks_exact_mut(2 * apart) {
                let (first, second) = part.split_at_mut(apart);
                first.iter_mut().zip(second).for_each(exchange);
            }
            apart /= 2;
        }
        merged *= 2;
    }
}

fn exchange((one, other): (&mut (f64, usize), &mut (f64, usize))) {
    if one.0 > other.0 {
        std::mem::swap(one, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_as_numpy_has_them() {
        // np.argsort of NumPy 2.4.6 on AVX-512.
        let of =
            |values: &[u8]| argsort(&values.iter().copied().map(f64::from).collect::<Vec<_>>());
        assert_eq!(of(&[0, 0, 1, 0, 0, 1, 0, 0, 0, 1]), [0, 1, 3, 4, 7, 6, 8, 2, 5, 9]);
        assert_eq!(of(&[0; 20]), (0..20).collect::<Vec<_>>());
        assert_eq!(of(&[2, 1, 0, 1, 0, 2, 1]), [2, 4, 3, 1, 6, 0, 5]);
        assert_eq!(of(&[]), Vec::<usize>::new());
        assert_eq!(of(&[0; 300]), (0..300).collect::<Vec<_>>());
    }
}
