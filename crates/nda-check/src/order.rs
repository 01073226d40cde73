//! The order in which items can be lowered: strongly connected components, callees first (Tarjan's algorithm, with an
//! explicit stack: a source may hold a chain of a hundred thousand functions).

/// The components of the graph `edges[item] = items it refers to`, each sorted, callees before callers.
pub(crate) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let count = edges.len();
    let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut found = Vec::new();
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
            if let Some(&callee) = edges[item].get(*edge) {
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
                let mut component = stack.split_off(from);
                component.iter().for_each(|&member| on_stack[member] = false);
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::components;

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
