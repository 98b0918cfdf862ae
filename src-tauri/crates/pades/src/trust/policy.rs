//! Certificate policies along a path (RFC 5280 §6.1), for a verifier that accepts any policy. The question is only
//! whether a policy is demanded and none is left; for that the deepest row of the policy tree suffices, equal
//! nodes merged as RFC 9618 has them, so that no chain of mappings makes it grow.

use std::collections::{BTreeMap, BTreeSet};

use super::extensions::Extensions;
use crate::cms::oid;

type Policy = Vec<u8>;

/// The state of §6.1.2 while walking from the anchor down.
pub(super) struct Policies {
    /// Valid policies of the deepest row, and what is expected of the next; empty: the tree is null.
    row: BTreeMap<Policy, BTreeSet<Policy>>,
    explicit: usize,
    mapping: usize,
    any: usize,
}

impl Policies {
    /// For a path of `length` certificates below the anchor.
    pub(super) fn new(length: usize) -> Self {
        let any = oid::ANY_POLICY.to_vec();
        let row = BTreeMap::from([(any.clone(), BTreeSet::from([any]))]);
        Self { row, explicit: length + 1, mapping: length + 1, any: length + 1 }
    }

    /// §6.1.3 (d) to (f). False: a policy is demanded, and none is left.
    pub(super) fn enter(&mut self, certificate: &Extensions, self_issued: bool, is_last: bool) -> bool {
        self.row = match &certificate.policies {
            None => BTreeMap::new(),
            Some(policies) => self.next_row(policies, self.any > 0 || (!is_last && self_issued)),
        };
        self.explicit > 0 || !self.row.is_empty()
    }

    fn next_row(&self, policies: &[Policy], any_counts: bool) -> BTreeMap<Policy, BTreeSet<Policy>> {
        let mut next: BTreeMap<Policy, BTreeSet<Policy>> = BTreeMap::new();
        let mut add = |policy: &Policy| next.entry(policy.clone()).or_default().insert(policy.clone());
        let under_any = self.row.contains_key(oid::ANY_POLICY);
        for policy in policies.iter().filter(|policy| *policy != oid::ANY_POLICY) {
            if under_any || self.row.values().any(|expected| expected.contains(policy)) {
                add(policy);
            }
        }
        if any_counts && policies.iter().any(|policy| policy == oid::ANY_POLICY) {
            self.row.values().flatten().for_each(|expected| {
                add(expected);
            });
        }
        next
    }

    /// §6.1.4 (a), (b), (h) to (j), for a certificate that issues the next. False: a mapping to or from any-policy.
    pub(super) fn leave(&mut self, certificate: &Extensions, self_issued: bool) -> bool {
        let mappings = &certificate.mappings;
        if mappings.iter().any(|(above, below)| above == oid::ANY_POLICY || below == oid::ANY_POLICY) {
            return false;
        }
        self.map(mappings);
        if !self_issued {
            for count in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *count = count.saturating_sub(1);
            }
        }
        let lower = |count: &mut usize, to: Option<usize>| *count = to.map_or(*count, |to| to.min(*count));
        lower(&mut self.explicit, certificate.require_explicit_policy);
        lower(&mut self.mapping, certificate.inhibit_mapping);
        lower(&mut self.any, certificate.inhibit_any_policy);
        true
    }

    fn map(&mut self, mappings: &[(Policy, Policy)]) {
        let mut mapped: BTreeMap<&Policy, BTreeSet<Policy>> = BTreeMap::new();
        for (above, below) in mappings {
            mapped.entry(above).or_default().insert(below.clone());
        }
        let under_any = self.row.contains_key(oid::ANY_POLICY);
        for (above, below) in mapped {
            if self.mapping == 0 {
                self.row.remove(above);
            } else if under_any || self.row.contains_key(above) {
                self.row.insert(above.clone(), below);
            }
        }
    }

    /// §6.1.5 (a), (b), (g), after the last certificate.
    pub(super) fn hold(mut self, last: &Extensions) -> bool {
        self.explicit = self.explicit.saturating_sub(1);
        if last.require_explicit_policy == Some(0) {
            self.explicit = 0;
        }
        self.explicit > 0 || !self.row.is_empty()
    }
}
