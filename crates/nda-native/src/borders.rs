//! Where code lies, on processors for which that matters.
//!
//! Intel's processors from Skylake to Comet Lake keep no decoded instructions of 32 bytes in which a jump crosses the border to the
//! next 32, or ends at it ("Mitigations for Jump Conditional Code Erratum", Intel, 2019); a small loop of which one jump does takes
//! up to twice as long. What is decoded they keep by 32 bytes, too, so a loop that begins right before a border takes longer. Cranelift
//! cannot move jumps, but whole functions can be moved: by so many bytes of nothing before the first instruction as cost least, where
//! inner loops count more than outer ones, and those more than what is done once.

use cranelift_codegen::CompiledCode;

/// How far apart borders are, in bytes.
pub(crate) const APART: usize = 32;
/// Larger functions are left where they are, so that this takes time in proportion to the code.
const MAX_BLOCKS: usize = 2_000;
/// Loops nested deeper than this count as if they were no deeper.
const MAX_NESTING: u32 = 4;
/// A loop weighs so many times as much as the loop around it.
const HEAVIER: u32 = 8;
/// A border in a jump weighs so many times as much as one elsewhere in the loop, which takes about a cycle more.
const IN_JUMP: u32 = 4;

/// Whether this processor is one of them.
#[cfg(target_arch = "x86_64")]
pub(crate) fn matter() -> bool {
    let vendor = std::arch::x86_64::__cpuid(0);
    let is_intel = (vendor.ebx, vendor.edx, vendor.ecx) == (0x756e_6547, 0x4965_6e69, 0x6c65_746e);
    let version = std::arch::x86_64::__cpuid(1).eax;
    let family = (version >> 8) & 0xf;
    let model = (version >> 4) & 0xf | (version >> 12) & 0xf0;
    is_intel && family == 6 && matches!(model, 0x4e | 0x55 | 0x5e | 0x8e | 0x9e | 0xa5 | 0xa6)
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn matter() -> bool {
    false
}

/// So many bytes of nothing belong before this code, which was compiled with `machine_code_cfg_info`, if it begins at a border then.
pub(crate) fn room_before(code: &CompiledCode) -> usize {
    // Cranelift would give the edges between blocks, too, but takes one order of blocks for another there if some are cold.
    let calls: Vec<usize> = code.buffer.call_sites().map(|call| call.ret_addr as usize).collect();
    let spans = spans_of(code.code_buffer(), &code.bb_starts, &calls);
    cheapest(&spans, code.buffer.alignment.max(1) as usize)
}

/// Of the bytes that may stand before code of this alignment, the fewest that cost least.
fn cheapest(spans: &[Span], alignment: usize) -> usize {
    (0..APART).step_by(alignment).min_by_key(|&room| cost(spans, room)).unwrap_or(0)
}

/// Instructions that do nothing.
pub(crate) fn nothing(mut bytes: usize) -> Vec<u8> {
    // What Intel's manual recommends for each number of bytes ("NOP", table 4-12).
    const NOPS: [&[u8]; 9] = [
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0],
        &[0x0f, 0x1f, 0x44, 0, 0],
        &[0x66, 0x0f, 0x1f, 0x44, 0, 0],
        &[0x0f, 0x1f, 0x80, 0, 0, 0, 0],
        &[0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
        &[0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
    ];
    let mut code = Vec::with_capacity(bytes);
    while bytes > 0 {
        let nop = NOPS[bytes.min(NOPS.len()) - 1];
        code.extend(nop);
        bytes -= nop.len();
    }
    code
}

/// Code in which each border has its price: a loop, or a jump, with the comparison that is decoded together with it if there is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    from: usize,
    /// Behind its last byte.
    to: usize,
    weight: u32,
}

fn cost(spans: &[Span], room: usize) -> u32 {
    let borders = |span: &Span| ((span.to + room) / APART - (span.from + room) / APART) as u32;
    spans.iter().map(|span| span.weight * borders(span)).fold(0, u32::saturating_add)
}

/// All loops, and the jumps of what is not a slow path; blocks are known by where they begin, calls by where they return to.
fn spans_of(code: &[u8], starts: &[u32], calls: &[usize]) -> Vec<Span> {
    // What stands before the first one belongs to it.
    let mut starts: Vec<usize> = starts.iter().map(|&start| start as usize).collect();
    starts.first_mut().into_iter().for_each(|first| *first = 0);
    let ends = starts.iter().skip(1).copied().chain([code.len()]);
    let blocks: Vec<_> = starts.iter().zip(ends).filter_map(|(&start, end)| code.get(start..end)).collect();
    if blocks.len() < starts.len() || blocks.len() > MAX_BLOCKS {
        return Vec::new();
    }
    let ends: Vec<End> = blocks.iter().map(|block| End::of(block)).collect();
    let mut before = vec![Vec::new(); blocks.len()];
    for (block, end) in ends.iter().enumerate() {
        let targets =
            end.jumps.iter().map(|&(_, to, way)| (starts[block] + to).wrapping_add_signed(way as isize));
        let targets = targets.filter_map(|target| starts.binary_search(&target).ok());
        let next = (end.next == Next::Block && block + 1 < blocks.len()).then_some(block + 1);
        targets.chain(next).for_each(|target| before[target].push(block));
    }
    let mut nesting = vec![0; blocks.len()];
    let mut loops = Vec::new();
    for head in 0..blocks.len() {
        for &latch in before[head].iter().filter(|latch| **latch >= head) {
            if let Some(blocks) = loop_of(&before, latch, head) {
                // What lies behind its end is done seldom.
                blocks.into_iter().filter(|&block| block <= latch).for_each(|block| nesting[block] += 1);
                loops.push((head, latch));
            }
        }
    }
    let weight = |block: usize| HEAVIER.pow(u32::min(nesting[block], MAX_NESTING));
    let whole = |&(head, latch): &(usize, usize)| Span {
        from: starts[head],
        to: starts[latch] + blocks[latch].len(),
        weight: weight(head),
    };
    let mut spans: Vec<Span> = loops.iter().map(whole).collect();
    // Slow paths stand behind the function's end.
    let last = ends.iter().position(|end| end.next == Next::Return).unwrap_or(blocks.len());
    let is_slow = |block: usize| nesting[block] == 0 && block > last;
    for block in (0..blocks.len()).filter(|&block| !is_slow(block)) {
        let (start, weight) = (starts[block], IN_JUMP * weight(block));
        let jumps = ends[block].jumps.iter();
        spans.extend(jumps.map(|&(from, to, _)| Span { from: start + from, to: start + to, weight }));
    }
    for &to in calls {
        let block = starts.partition_point(|&start| start < to).saturating_sub(1);
        if !is_slow(block) {
            // By a name, or by an address in a register.
            let bytes = if to >= 5 && code[to - 5] == 0xe8 { 5 } else { 3 };
            spans.push(Span { from: to.saturating_sub(bytes), to, weight: IN_JUMP * weight(block) });
        }
    }
    spans
}

/// The blocks from which the latch is reached without passing the head; none if the function's first block is one of them: then it is
/// no loop, but a slow path that leads back.
fn loop_of(before: &[Vec<usize>], latch: usize, head: usize) -> Option<Vec<usize>> {
    let mut is_in = vec![false; before.len()];
    is_in[head] = true;
    let (mut blocks, mut next) = (vec![head], vec![latch]);
    while let Some(block) = next.pop() {
        if std::mem::replace(&mut is_in[block], true) {
            continue;
        }
        if block == 0 {
            return None;
        }
        blocks.push(block);
        next.extend(&before[block]);
    }
    Some(blocks)
}

/// How a block ends.
#[derive(PartialEq, Eq, Debug)]
struct End {
    /// Where jumps begin, with a comparison before, where they end, and how far they go from there.
    jumps: Vec<(usize, usize, i32)>,
    next: Next,
}

/// What comes behind a block, unless one of its jumps is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    Block,
    Nothing,
    Return,
}

impl End {
    /// Cranelift's jumps take 5 bytes, or 6 if they have a condition.
    fn of(block: &[u8]) -> Self {
        let way = |end: usize| i32::from_le_bytes(block[end - 4..end].try_into().expect("four bytes"));
        let (mut jumps, mut next) = (Vec::new(), Next::Block);
        let mut end = block.len();
        if let Some(from) = end.checked_sub(5).filter(|&from| block[from] == 0xe9) {
            jumps.push((from, end, way(end)));
            (end, next) = (from, Next::Nothing);
        }
        let has_condition = |&from: &usize| block[from] == 0x0f && block[from + 1] & 0xf0 == 0x80;
        while let Some(from) = end.checked_sub(6).filter(has_condition) {
            jumps.push((from - comparison_before(&block[..from]), end, way(end)));
            end = from;
        }
        match block {
            _ if !jumps.is_empty() => {}
            [.., 0xc3] => next = Next::Return,
            [.., 0x0f, 0x0b] => next = Next::Nothing,
            _ => {}
        }
        Self { jumps, next }
    }
}

/// How many bytes the comparison takes that ends here, if it is one that is decoded together with a jump.
fn comparison_before(code: &[u8]) -> usize {
    const REX: std::ops::RangeInclusive<u8> = 0x40..=0x4f;
    let last = |bytes: usize| code.len().checked_sub(bytes).map(|from| &code[from..]);
    let of_registers = |op: u8, operands: u8| {
        operands >= 0xc0 && matches!(op, 0x84 | 0x85 | 0x38..=0x3b | 0x00..=0x03 | 0x20..=0x23 | 0x28..=0x2b)
    };
    match (last(7), last(4), last(3), last(2)) {
        (Some(&[rex, 0x81, operands, ..]), ..) if REX.contains(&rex) && operands >= 0xc0 => 7,
        (_, Some(&[rex, 0x83, operands, _]), ..) if REX.contains(&rex) && operands >= 0xc0 => 4,
        (.., Some(&[rex, op, operands]), _) if REX.contains(&rex) && of_registers(op, operands) => 3,
        (.., Some(&[op, operands])) if of_registers(op, operands) => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: [u8; 3] = [0x48, 0x85, 0xd2];

    fn jump_if(way: i32) -> Vec<u8> {
        [&[0x0f, 0x8e][..], &way.to_le_bytes()].concat()
    }

    fn jump(way: i32) -> Vec<u8> {
        [&[0xe9][..], &way.to_le_bytes()].concat()
    }

    /// An entry of so many bytes, a loop of two blocks (one ends on a condition, one on a jump back), and what is behind it.
    fn a_loop(entry: usize) -> (Vec<u8>, Vec<u32>) {
        let parts = [
            nothing(entry),
            [&TEST[..], &jump_if(13)].concat(),
            [nothing(8), jump(-22)].concat(),
            vec![0xc3],
        ];
        let starts = parts.iter().scan(0, |at, part| {
            *at += part.len();
            Some((*at - part.len()) as u32)
        });
        (parts.concat(), starts.collect())
    }

    #[test]
    fn jumps_are_found_with_their_comparisons() {
        let (code, starts) = a_loop(10);
        // The loop, its jumps, and a call.
        let expected = [
            (10, 32, HEAVIER),
            (10, 19, HEAVIER * IN_JUMP),
            (27, 32, HEAVIER * IN_JUMP),
            (24, 27, HEAVIER * IN_JUMP),
        ];
        let expected = expected.map(|(from, to, weight)| Span { from, to, weight });
        assert_eq!(spans_of(&code, &starts, &[27]), expected);
        let with_two = [&[0x41, 0x83, 0xf8, 7][..], &jump_if(1), &jump_if(2)].concat();
        assert_eq!(End::of(&with_two), End { jumps: vec![(10, 16, 2), (0, 10, 1)], next: Next::Block });
        for (comparison, bytes) in [
            (&[0x48, 0x81, 0xf9, 0xc0, 0xc6, 0x2d, 0][..], 7),
            (&[0x48, 0x83, 0xf9, 1], 4),
            (&[0x4d, 0x39, 0xc1], 3),
            (&[0x84, 0xc0], 2),
            (&[0x48, 0x8b, 0xc1], 0),
            (&[], 0),
        ] {
            assert_eq!(comparison_before(comparison), bytes, "{comparison:x?}");
        }
    }

    #[test]
    fn loops_are_moved_from_borders() {
        for entry in 1..100 {
            let (code, starts) = a_loop(entry);
            let spans = spans_of(&code, &starts, &[]);
            let borders = |span: &Span, room| (span.to + room) / APART - (span.from + room) / APART;
            let room = cheapest(&spans, 1);
            // The loop takes 22 bytes.
            assert!(spans.iter().all(|span| borders(span, room) == 0), "{entry}: {room}");
            // No further than is needed.
            assert!(
                (0..room).all(|less| spans.iter().any(|span| borders(span, less) > 0)),
                "{entry}: {room}"
            );
        }
    }

    #[test]
    fn a_slow_path_that_leads_back_is_no_loop() {
        // The first block goes on in the second or in the third, which goes back to the second.
        let code = [nothing(4), jump_if(10), nothing(9), vec![0xc3], nothing(5), jump(-20)].concat();
        let weights: Vec<u32> = spans_of(&code, &[0, 10, 20], &[]).iter().map(|span| span.weight).collect();
        // The branch; the slow path does not count.
        assert_eq!(weights, [IN_JUMP]);
    }

    #[test]
    fn nothing_is_as_long_as_it_is_said() {
        (0..70).for_each(|bytes| assert_eq!(nothing(bytes).len(), bytes));
    }
}
