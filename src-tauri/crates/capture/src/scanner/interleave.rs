//! Two-sided papers through a one-sided feeder: all fronts first, then the stack turned over as a whole, so that the
//! backs come last page first.

/// Where the `back`th back side (from 0, as it leaves the feeder) belongs among `fronts` fronts: right after the front
/// with this number (from 0). `None` for more backs than fronts: the stack was not the one just scanned.
pub fn place_of_back(fronts: usize, back: usize) -> Option<usize> {
    fronts.checked_sub(1 + back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_of_a_turned_stack_find_their_fronts() {
        let fronts = ["1", "3", "5"];
        let mut pages: Vec<&str> = fronts.to_vec();
        for (i, back) in ["6", "4", "2"].into_iter().enumerate() {
            let front = fronts[place_of_back(fronts.len(), i).unwrap()];
            let at = pages.iter().position(|page| *page == front).unwrap();
            pages.insert(at + 1, back);
        }
        assert_eq!(pages, ["1", "2", "3", "4", "5", "6"]);
        assert_eq!(place_of_back(3, 3), None);
    }
}
