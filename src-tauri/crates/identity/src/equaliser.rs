//! From a grid to black and white modules, where each pixel holds the light of several modules.
//!
//! Blur mixes a module with its neighbours, always in the same way. The modules whose colour is known teach a linear
//! filter (25 samples half a module apart, least squares with a small ridge) that undoes the mixing; then the modules
//! that came out clearly teach it again. The decoder's own error correction judges the outcome.

use crate::{
    geometry::solve,
    grid::{Evened, Grid},
};

/// Samples along one side of a filter, half a module apart.
const ACROSS: usize = 5;
/// Filter weights: the samples and a constant.
const WEIGHTS: usize = ACROSS * ACROSS + 1;
/// How hard weights are held back, relative to the samples' own energy.
const RIDGE: f64 = 0.01;
/// A module counts as clear when its filtered value is at least this far from the middle; ±1 is perfect.
const CLEAR: f32 = 0.5;

type Samples = [f32; WEIGHTS];

/// The symbol's modules, row by row: true is black. Several readings, the plainest first, each to be tried.
pub(crate) fn readings(picture: &Evened, grid: &Grid) -> Vec<Vec<bool>> {
    let side = grid.symbol.side;
    let samples: Vec<Samples> =
        (0..side * side).map(|i| sampled(picture, grid, i % side, i / side)).collect();
    let middle = WEIGHTS / 2 - 1 + WEIGHTS % 2;
    let mut readings = vec![samples.iter().map(|samples| samples[middle] < 0.0).collect()];
    let taught: Vec<(usize, f32, f64)> =
        grid.symbol.known.iter().map(|&(x, y, black)| (y * side + x, target(black), 1.0)).collect();
    let Some(mut weights) = learned(&samples, &taught) else { return readings };
    for _ in 0..3 {
        let values: Vec<f32> = samples.iter().map(|samples| filtered(&weights, samples)).collect();
        readings.push(values.iter().map(|&value| value < 0.0).collect());
        let clear = values.iter().enumerate().filter(|(_, value)| value.abs() > CLEAR);
        let more = taught.iter().copied().chain(clear.map(|(i, &value)| (i, value.signum(), 0.3)));
        match learned(&samples, &more.collect::<Vec<_>>()) {
            Some(learned) => weights = learned,
            None => break,
        }
    }
    readings
}

fn target(black: bool) -> f32 {
    if black { -1.0 } else { 1.0 }
}

fn sampled(picture: &Evened, grid: &Grid, column: usize, row: usize) -> Samples {
    let mut samples = [1.0; WEIGHTS];
    for (i, sample) in samples.iter_mut().take(ACROSS * ACROSS).enumerate() {
        let step = |i: usize| i as f32 * 0.5 - 1.0;
        let at = grid.map.map(column as f32 + 0.5 + step(i % ACROSS), row as f32 + 0.5 + step(i / ACROSS));
        *sample = picture.at(at).unwrap_or(0.0);
    }
    samples
}

fn filtered(weights: &Samples, samples: &Samples) -> f32 {
    weights.iter().zip(samples).map(|(weight, sample)| weight * sample).sum()
}

/// The weights that bring the samples of the taught modules (index, target, trust) nearest to their targets.
fn learned(samples: &[Samples], taught: &[(usize, f32, f64)]) -> Option<Samples> {
    let mut rows = vec![vec![0.0_f64; WEIGHTS + 1]; WEIGHTS];
    for &(i, target, trust) in taught {
        let samples = &samples[i];
        for (row, &a) in rows.iter_mut().zip(samples) {
            let a = trust * f64::from(a);
            for (value, &b) in row.iter_mut().zip(samples) {
                *value += a * f64::from(b);
            }
            row[WEIGHTS] += a * f64::from(target);
        }
    }
    let energy: f64 = (0..WEIGHTS).map(|i| rows[i][i]).sum::<f64>() / WEIGHTS as f64;
    for (i, row) in rows.iter_mut().enumerate() {
        row[i] += RIDGE * energy + 1e-9;
    }
    let solved = solve(&mut rows)?;
    let mut weights = [0.0; WEIGHTS];
    for (weight, value) in weights.iter_mut().zip(solved) {
        *weight = value as f32;
    }
    Some(weights)
}
