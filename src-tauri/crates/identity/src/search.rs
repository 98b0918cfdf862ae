//! What is tried, and in which order: cheap and likely first, until a card is read or the deadline passes.

use std::time::Instant;

use rxing::common::BitMatrix;

use crate::{
    code::{self, Triple},
    equaliser,
    geometry::Point,
    grey::Grey,
    grid::{self, Evened},
    threshold,
};

/// Pictures up to this many pixels are also looked at with the local threshold, and enlarged up to it.
const LOCAL_PIXELS_MAX: usize = 5_000_000;
/// Side of the tiles in which a large picture is looked at enlarged, pixels.
const TILE: usize = 480;
/// Distance of tiles: a code on a border lies whole in another tile.
const TILE_STEP: usize = 240;
/// Most tiles looked at.
const TILES_MAX: usize = 16;
/// Groups of finder patterns a view is laid a grid over.
const GRIDS_MAX: usize = 6;
/// Modules narrower than this are enlarged before a grid is laid, pixels.
const MODULE_MIN: f32 = 3.5;

/// Whether to go on looking.
pub(crate) enum Next {
    /// This was it.
    Stop,
    /// Not it, or nothing: look on.
    Look,
}

/// One search.
pub(crate) struct Search<'a> {
    until: Instant,
    /// Hears the bytes of every code that is read.
    heard: &'a mut dyn FnMut(&[u8]) -> Next,
}

/// The search is over: read, or out of time.
pub(crate) struct Over;

impl<'a> Search<'a> {
    pub(crate) fn new(until: Instant, heard: &'a mut dyn FnMut(&[u8]) -> Next) -> Self {
        Self { until, heard }
    }

    /// Looks everywhere; `Err` when it ended early.
    pub(crate) fn run(&mut self, picture: &Grey) -> Result<(), Over> {
        let pixels = picture.pixels.len();
        self.view(picture)?;
        for (factor, least) in [(2, 1_000_000), (4, 6_000_000)] {
            if pixels >= least
                && let Some(reduced) = picture.reduced(factor)
            {
                self.view(&reduced)?;
            }
        }
        for factor in [2, 3] {
            if pixels * factor * factor <= LOCAL_PIXELS_MAX {
                self.enlarged(picture, factor, false)?;
                self.enlarged(picture, factor, true)?;
            }
        }
        if pixels * 4 > LOCAL_PIXELS_MAX {
            let tiles = tiles(picture);
            for factor in [2, 3] {
                for tile in &tiles {
                    self.enlarged(tile, factor, true)?;
                }
            }
        }
        Ok(())
    }

    fn enlarged(&mut self, picture: &Grey, factor: usize, sharpen: bool) -> Result<(), Over> {
        self.in_time()?;
        let Some(enlarged) = picture.enlarged(factor) else { return Ok(()) };
        // A blur of about a pixel of the original is what cameras, scanners and JPEG leave behind.
        let view = if sharpen { enlarged.sharpened(factor, 2.0) } else { enlarged };
        self.view(&view)
    }

    /// One picture at one size.
    fn view(&mut self, picture: &Grey) -> Result<(), Over> {
        self.in_time()?;
        let blockwise = code::guarded(|| threshold::blockwise(picture));
        if let Some(bits) = blockwise {
            self.binary(picture, &bits)?;
        }
        if picture.pixels.len() <= LOCAL_PIXELS_MAX {
            self.in_time()?;
            if let Some(bits) = code::guarded(|| threshold::local(picture, 16)) {
                self.binary(picture, &bits)?;
            }
        }
        Ok(())
    }

    fn binary(&mut self, picture: &Grey, bits: &BitMatrix) -> Result<(), Over> {
        let triples = code::triples(bits);
        for triple in &triples {
            self.in_time()?;
            if let Some(bytes) = code::sampled(bits, triple) {
                self.hear(&bytes)?;
            }
        }
        for triple in triples.iter().take(GRIDS_MAX) {
            self.grid(picture, triple)?;
        }
        Ok(())
    }

    /// Lays a grid of our own over three finder patterns and reads it in every way there is.
    fn grid(&mut self, picture: &Grey, triple: &Triple) -> Result<(), Over> {
        self.in_time()?;
        let Some((part, finders, module)) = part(picture, triple) else { return Ok(()) };
        let evened = Evened::of(&part, ((5.0 * module) as usize).max(6));
        let Some(grid) = grid::fit(&evened, finders, module) else { return Ok(()) };
        for modules in equaliser::readings(&evened, &grid) {
            self.in_time()?;
            if let Some(bytes) = code::bytes(grid.symbol.side, &modules) {
                return self.hear(&bytes);
            }
        }
        Ok(())
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<(), Over> {
        match (self.heard)(bytes) {
            Next::Stop => Err(Over),
            Next::Look => Ok(()),
        }
    }

    fn in_time(&self) -> Result<(), Over> {
        if Instant::now() < self.until { Ok(()) } else { Err(Over) }
    }
}

/// The part of the picture around three finder patterns, enlarged when modules are narrow; with the patterns' middles and
/// the module's width in it.
fn part(picture: &Grey, triple: &Triple) -> Option<(Grey, [Point; 3], f32)> {
    let [corner, right, below] = triple.middles;
    let fourth = right + below - corner;
    let all = [corner, right, below, fourth];
    let margin = 10.0 * triple.module;
    let low = |pick: fn(&Point) -> f32| all.iter().map(pick).fold(f32::MAX, f32::min) - margin;
    let high = |pick: fn(&Point) -> f32| all.iter().map(pick).fold(f32::MIN, f32::max) + margin;
    let (left, top) = (low(|p| p.x).max(0.0).floor(), low(|p| p.y).max(0.0).floor());
    let (width, height) = (high(|p| p.x) - left, high(|p| p.y) - top);
    let part = picture.cut(left as usize, top as usize, width.ceil() as usize, height.ceil() as usize)?;
    let enlarge = (MODULE_MIN / triple.module).ceil().clamp(1.0, 4.0) as usize;
    if part.pixels.len() * enlarge * enlarge > LOCAL_PIXELS_MAX {
        return None;
    }
    let part = if enlarge > 1 { part.enlarged(enlarge)? } else { part };
    let factor = enlarge as f32;
    let moved = triple.middles.map(|p| Point::new((p.x - left) * factor, (p.y - top) * factor));
    Some((part, moved, triple.module * factor))
}

/// Parts of the picture, those that look most like a code first: many edges both across and down.
fn tiles(picture: &Grey) -> Vec<Grey> {
    let starts = |length: usize| {
        let last = length.saturating_sub(TILE);
        (0..last).step_by(TILE_STEP).chain([last]).collect::<Vec<_>>()
    };
    let mut tiles: Vec<(u64, Grey)> = Vec::new();
    for &y in &starts(picture.height) {
        for &x in &starts(picture.width) {
            let Some(tile) = picture.cut(x, y, TILE, TILE) else { continue };
            tiles.push((edges(&tile), tile));
            // Kept short while it grows: a large picture has hundreds.
            if tiles.len() > 4 * TILES_MAX {
                tiles.sort_by_key(|(edges, _)| std::cmp::Reverse(*edges));
                tiles.truncate(TILES_MAX);
            }
        }
    }
    tiles.sort_by_key(|(edges, _)| std::cmp::Reverse(*edges));
    tiles.truncate(TILES_MAX);
    tiles.into_iter().map(|(_, tile)| tile).collect()
}

/// The busiest 120-pixel square of a tile: the lesser of its edges across and down.
fn edges(tile: &Grey) -> u64 {
    const SQUARE: usize = 120;
    let mut busiest = 0;
    for top in (0..tile.height.saturating_sub(1)).step_by(SQUARE / 2) {
        for left in (0..tile.width.saturating_sub(1)).step_by(SQUARE / 2) {
            let (mut across, mut down) = (0_u64, 0_u64);
            for y in (top..(top + SQUARE).min(tile.height - 1)).step_by(2) {
                let line = &tile.pixels[y * tile.width..];
                for x in (left..(left + SQUARE).min(tile.width - 1)).step_by(2) {
                    across += u64::from(line[x].abs_diff(line[x + 1]));
                    down += u64::from(line[x].abs_diff(line[x + tile.width]));
                }
            }
            busiest = busiest.max(across.min(down));
        }
    }
    busiest
}
