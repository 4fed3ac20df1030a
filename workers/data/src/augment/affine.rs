//! One image turned, scaled, shifted and made noisy. Pure.

use ingot_protocol::seed::derive;
use ingot_tables::dataset::Image;

/// How much an image may change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strength {
    /// Degrees.
    pub(super) rotation: f64,
    /// Pixels along each axis.
    pub(super) translation: f64,
    /// Share of the size.
    pub(super) scale: f64,
    /// Share of white, a standard deviation.
    pub(super) noise: f64,
}

/// A changed copy of an image of (channels, height, width) bytes.
///
/// Each output pixel p reads the input at c + R(-a)(p - c - t) / s, where c is the
/// middle, a, s and t are uniform in [-rotation, rotation], 1 +- scale and
/// +- translation, bilinear between the four pixels around it, black outside.
/// Noise is the sum of twelve uniforms less six (Irwin-Hall, variance one), which
/// needs no transcendental function. In f64, in the order of the bytes.
pub(super) fn change(bytes: &[u8], image: &Image, strength: &Strength, seed: u64) -> Vec<u8> {
    let uniform = |index: u64| derive(seed, "uniform", index) as f64 / 2f64.powi(64);
    let around = |index: u64, most: f64| (2.0 * uniform(index) - 1.0) * most;
    let angle = around(0, strength.rotation) * std::f64::consts::PI / 180.0;
    let scale = 1.0 + around(1, strength.scale);
    let (dx, dy) = (around(2, strength.translation), around(3, strength.translation));
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let (height, width) = (image.height as usize, image.width as usize);
    let (middle_x, middle_y) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    let mut changed = Vec::with_capacity(bytes.len());
    for channel in bytes.chunks_exact((height * width).max(1)) {
        for y in 0..height {
            for x in 0..width {
                let (u, v) = (x as f64 - middle_x - dx, y as f64 - middle_y - dy);
                let from_x = middle_x + (cosine * u + sine * v) / scale;
                let from_y = middle_y + (cosine * v - sine * u) / scale;
                let mut value = sample(channel, height, width, from_x, from_y);
                if strength.noise > 0.0 {
                    let mut stream = Stream(derive(seed, "noise", changed.len() as u64));
                    let sum: f64 = (0..12).map(|_| stream.uniform()).sum();
                    value += (sum - 6.0) * strength.noise * 255.0;
                }
                changed.push(value.round().clamp(0.0, 255.0) as u8);
            }
        }
    }
    changed
}

/// The value between four pixels; black outside.
fn sample(channel: &[u8], height: usize, width: usize, x: f64, y: f64) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = (x - left, y - top);
    let pixel = |dx: f64, dy: f64| {
        let (x, y) = (left + dx, top + dy);
        let inside = x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64;
        if inside { f64::from(channel[y as usize * width + x as usize]) } else { 0.0 }
    };
    let upper = pixel(0.0, 0.0) * (1.0 - right_share) + pixel(1.0, 0.0) * right_share;
    let lower = pixel(0.0, 1.0) * (1.0 - right_share) + pixel(1.0, 1.0) * right_share;
    upper * (1.0 - bottom_share) + lower * bottom_share
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Stream(u64);

impl Stream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) as f64 / 2f64.powi(64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: fn() -> Image =
        || Image { column: "image".into(), height: 3, width: 3, channels: 1 };
    const STILL: Strength = Strength { rotation: 0.0, translation: 0.0, scale: 0.0, noise: 0.0 };
    const CROSS: [u8; 9] = [0, 90, 0, 60, 255, 60, 0, 90, 0];

    #[test]
    fn no_strength_changes_nothing() {
        assert_eq!(change(&CROSS, &IMAGE(), &STILL, 7), CROSS);
    }

    #[test]
    fn between_two_pixels_is_their_mean_and_outside_is_black() {
        assert_eq!(sample(&CROSS, 3, 3, 0.5, 0.0), 45.0);
        assert_eq!(sample(&CROSS, 3, 3, 1.0, 1.0), 255.0);
        assert_eq!(sample(&CROSS, 3, 3, -1.0, 1.0), 0.0);
        assert_eq!(sample(&CROSS, 3, 3, -0.5, 1.0), 30.0);
    }

    #[test]
    fn the_same_draw_gives_the_same_bytes() {
        let strength = Strength { rotation: 20.0, translation: 1.0, scale: 0.1, noise: 0.05 };
        let (one, other) =
            (change(&CROSS, &IMAGE(), &strength, 7), change(&CROSS, &IMAGE(), &strength, 7));
        assert_eq!(one, other);
        assert_ne!(one, change(&CROSS, &IMAGE(), &strength, 8));
        insta::assert_debug_snapshot!(one);
    }
}
