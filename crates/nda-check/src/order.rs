//! The order in which items can be lowered: strongly connected components, callees first (Tarjan's algorithm, with an
//! explicit stack: a source may hold a chain of a hundred thousand functions).

/// Which items refer to which.
#[derive(Clone, Copy)]
pub(crate) struct Edges<'e> {
    /// The items referred to, by the first item, by the second, and so on.
    pub(crate) to: &'e [usize],
    /// By item: where its part of them ends.
    pub(crate) ends: &'e [usize],
}

impl<'e> Edges<'e> {
    /// The items that `item` refers to.
    pub(crate) fn of(self, item: usize) -> &'e [usize] {
        let start = item.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.to[start..self.ends[item]]
    }
}

/// Groups of items, one behind the other.
#[derive(Default)]
pub(crate) struct Components {
    members: Vec<usize>,
    ends: Vec<usize>,
}

impl Components {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[usize]> {
        let edges = Edges { to: &self.members, ends: &self.ends };
        (0..self.ends.len()).map(move |group| edges.of(group))
    }
}

/// The components of a graph, each sorted, callees before callers.
pub(crate) fn components(edges: Edges<'_>) -> Components {
    const UNSEEN: usize = usize::MAX;
    let count = edges.ends.len();
    let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut found = Components::default();
    found.members.reserve(count);
    found.ends.reserve(count);
    let mut next = 0;
    let mut path: Vec<(usize, usize)> = Vec::new();
    for root in 0..count {
        if index[root] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some(&mut (item, ref mut edge)) = path.last_mut() {
            if *edge == 0 && index[item] == UNSEEN {
                index[item] = next;
                low[item] = next;
                next += 1;
                stack.push(item);
                on_stack[item] = true;
            }
            if let Some(&callee) = edges.of(item).get(*edge) {
                *edge += 1;
                if index[callee] == UNSEEN {
                    path.push((callee, 0));
                } else if on_stack[callee] {
                    low[item] = low[item].min(index[callee]);
                }
                continue;
            }
            path.pop();
            if let Some(&(caller, _)) = path.last() {
                low[caller] = low[caller].min(low[item]);
            }
            if low[item] == index[item] {
                let from = stack.iter().rposition(|&member| member == item).unwrap_or(0);
                let first = found.members.len();
                found.members.extend(stack.drain(from..));
                let component = &mut found.members[first..];
                component.iter().for_each(|&member| on_stack[member] = false);
                component.sort_unstable();
                found.ends.push(found.members.len());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Edges;

    fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut end = 0;
        let mut add = |count| {
            end += count;
            end
        };
        let ends: Vec<usize> = edges.iter().map(|to| add(to.len())).collect();
        let found = super::components(Edges { to: &edges.concat(), ends: &ends });
        found.iter().map(<[usize]>::to_vec).collect()
    }

    #[test]
    fn callees_come_first_and_cycles_stay_together() {
        let edges = vec![vec![1, 2], vec![2], vec![3], vec![2], vec![]];
        assert_eq!(components(&edges), vec![vec![2, 3], vec![1], vec![0], vec![4]]);
        assert_eq!(components(&[vec![0]]), vec![vec![0]]);
    }

    #[test]
    fn a_long_chain_does_not_recurse() {
        let count = 200_000;
        let edges: Vec<Vec<usize>> =
            (0..count).map(|item| if item + 1 < count { vec![item + 1] } else { vec![] }).collect();
        assert_eq!(components(&edges).len(), count);
    }
}
