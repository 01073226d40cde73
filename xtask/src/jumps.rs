//! Whether every step of tier 1 goes on by a jump, in the optimised program itself.
//!
//! A step that called the next one would use native stack with every step, and the guard page would end the process
//! of whoever runs a long program. No test sees all step kinds (they are generic, there are more than a thousand), so
//! this reads the disassembly: in a step, and in whatever a step ends in by a jump, no address is called that stands
//! in a register or behind one, and none of these functions calls another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// In the mangled name of every step.
const STEP: &str = "nda_jit..step..Captures$GT$3run";
/// Ends a run: calling it costs no stack that a later step would miss.
const TRAP: &str = "nda_jit4step4trap";
/// A program with fewer steps than this is not the one meant to be looked at.
const FEWEST: usize = 500;

/// Whose instructions a program is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Machine {
    X86,
    Arm,
}

impl Machine {
    /// By the header of an ELF file.
    fn of(header: &[u8]) -> Option<Self> {
        match header.strip_prefix(b"\x7fELF")?.get(14..16)? {
            [62, 0] => Some(Self::X86),
            [183, 0] => Some(Self::Arm),
            _ => None,
        }
    }

    /// The disassembler of binutils that knows it.
    const fn objdump(self) -> &'static str {
        match self {
            Self::X86 if cfg!(target_arch = "x86_64") => "objdump",
            Self::X86 => "x86_64-linux-gnu-objdump",
            Self::Arm if cfg!(target_arch = "aarch64") => "objdump",
            Self::Arm => "aarch64-linux-gnu-objdump",
        }
    }
}

/// How many steps the program has, on whichever of the two machines it is for.
///
/// # Errors
/// The steps that call, or why that cannot be said.
pub fn check(program: &Path) -> Result<usize, Vec<String>> {
    let bytes = std::fs::read(program).map_err(|error| vec![format!("{}: {error}", program.display())])?;
    let Some(machine) = Machine::of(&bytes) else {
        return Err(vec![format!("{} is no ELF file for x86-64 or aarch64", program.display())]);
    };
    let objdump = |flags: &[&str]| {
        let name = machine.objdump();
        let output = Command::new(name).args(flags).arg(program).output();
        let output = output.map_err(|error| vec![format!("{name} cannot be started: {error}")])?;
        if !output.status.success() {
            return Err(vec![String::from_utf8_lossy(&output.stderr).into_owned()]);
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let found = calls(machine, &objdump(&["-d", "--no-show-raw-insn"])?, &objdump(&["-R"])?);
    if found.steps < FEWEST {
        return Err(vec![format!(
            "{} has only {} steps: not an optimised one?",
            program.display(),
            found.steps
        )]);
    }
    if found.calls.is_empty() { Ok(found.steps) } else { Err(found.calls) }
}

/// What a disassembly shows.
#[derive(Default, Debug)]
struct Found {
    steps: usize,
    calls: Vec<String>,
}

#[derive(Default)]
struct Function<'t> {
    name: &'t str,
    /// Calls and jumps that may leave it: whether it is a call, where to, and the line.
    exits: Vec<(bool, Target, &'t str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Address(u64),
    /// In a register, or in memory that a register points to.
    Unknown,
}

fn calls(machine: Machine, disassembly: &str, relocations: &str) -> Found {
    let slots = slots(relocations);
    let functions = functions(machine, disassembly, &slots);
    let mut todo: Vec<u64> =
        functions.iter().filter(|(_, function)| function.name.contains(STEP)).map(|(&at, _)| at).collect();
    let mut found = Found { steps: todo.len(), ..Found::default() };
    // Steps, and whatever they end in by a jump.
    let mut going_on: BTreeSet<u64> = todo.iter().copied().collect();
    while let Some(at) = todo.pop() {
        for &(is_call, target, _) in &functions[&at].exits {
            let Target::Address(to) = target else { continue };
            let ours = functions
                .get(&to)
                .is_some_and(|function| function.name.contains("nda_jit") && !function.name.contains(TRAP));
            if !is_call && ours && going_on.insert(to) {
                todo.push(to);
            }
        }
    }
    for at in &going_on {
        let function = &functions[at];
        for &(is_call, target, line) in &function.exits {
            let goes_on = match target {
                Target::Unknown => true,
                Target::Address(to) => going_on.contains(&to),
            };
            if is_call && goes_on {
                found.calls.push(format!("{}: {}", function.name, line.trim()));
            }
        }
    }
    found
}

/// What the slots of the global offset table point to.
fn slots(relocations: &str) -> BTreeMap<u64, u64> {
    let lines = relocations.lines().filter_map(|line| {
        let (slot, rest) = line.split_once(' ')?;
        Some((hex(slot)?, hex(rest.split_once("*ABS*+0x")?.1.trim())?))
    });
    lines.collect()
}

fn functions<'t>(
    machine: Machine,
    disassembly: &'t str,
    slots: &BTreeMap<u64, u64>,
) -> BTreeMap<u64, Function<'t>> {
    let mut functions: BTreeMap<u64, Function<'t>> = BTreeMap::new();
    for line in disassembly.lines() {
        if let Some((address, name)) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")) {
            if let Some(at) = hex(address) {
                functions.insert(at, Function { name, ..Function::default() });
            }
            continue;
        }
        let Some((_, instruction)) = line.split_once(":\t") else { continue };
        let exit = match machine {
            Machine::X86 => exit_on_x86(instruction, slots),
            Machine::Arm => exit_on_arm(instruction),
        };
        if let (Some((is_call, target)), Some(mut last)) = (exit, functions.last_entry()) {
            last.get_mut().exits.push((is_call, target, line));
        }
    }
    functions
}

/// Whether an instruction calls or jumps, and where to.
fn exit_on_x86(instruction: &str, slots: &BTreeMap<u64, u64>) -> Option<(bool, Target)> {
    let instruction = instruction.trim_start_matches("notrack ");
    let (is_call, operand) = match instruction.strip_prefix("call") {
        Some(operand) => (true, operand),
        None => (false, instruction.strip_prefix("jmp")?),
    };
    let operand = operand.trim();
    let target = match operand.strip_prefix('*') {
        // `*0x1787(%rip)        # 3deb20 <…>`: through a slot whose content the relocations tell.
        Some(place) if place.contains("(%rip)") => {
            let slot = place.split_once("# ").and_then(|(_, rest)| hex(rest.split(' ').next()?));
            // What no relocation fills with an address of ours lies in another library.
            Target::Address(slot.and_then(|slot| slots.get(&slot).copied()).unwrap_or(0))
        }
        Some(_) => Target::Unknown,
        None => Target::Address(hex(operand.split(' ').next()?)?),
    };
    Some((is_call, target))
}

/// The same: what other libraries have is called through addresses of our own, so no slots are looked up.
fn exit_on_arm(instruction: &str) -> Option<(bool, Target)> {
    let (name, operand) = instruction.split_once('\t')?;
    match name {
        "bl" | "b" => Some((name == "bl", Target::Address(hex(operand.split(' ').next()?)?))),
        "blr" | "br" => Some((name == "blr", Target::Unknown)),
        _ => None,
    }
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELOCATIONS: &str = "\
OFFSET           TYPE              VALUE
00000000003deb20 R_X86_64_RELATIVE  *ABS*+0x0000000000003000
";

    fn step(body: &str) -> String {
        format!(
            "0000000000001000 <_ZN9$LT$x$u20$as$u20${STEP}17hE>:\n{body}\n\
             0000000000003000 <_ZN7nda_jit5steps4flow6refuel17hE>:\n    3000:\tjmp    *%rax\n\
             0000000000004000 <_ZN7nda_jit4step4trap17hE>:\n    4000:\tret\n\
             0000000000005000 <_ZN7nda_jit6object4grow17hE>:\n    5000:\tret\n"
        )
    }

    #[test]
    fn jumps_and_calls_of_helpers_are_fine() {
        let body = "    1000:\tcall   5000 <grow>\n    1005:\tcall   4000 <trap>\n    100a:\tjne    1020\n    \
                    1010:\tjmp    *0x10(%rip)        # 3deb20 <_DYNAMIC+0x16d8>\n    1020:\tjmp    *%rax";
        let found = calls(Machine::X86, &step(body), RELOCATIONS);
        assert_eq!((found.steps, found.calls.len()), (1, 0), "{found:?}");
    }

    #[test]
    fn calls_that_go_on_are_found() {
        for call in ["call   *%rax", "call   *0x8(%rdi)", "call   3000 <refuel>", "call   1000 <step>"] {
            // That the step also jumps to `refuel` is what says that `refuel` goes on.
            let body =
                format!("    1000:\t{call}\n    1010:\tjmp    *0x10(%rip)        # 3deb20 <_DYNAMIC+0x16d8>");
            assert_eq!(calls(Machine::X86, &step(&body), RELOCATIONS).calls.len(), 1, "{call}");
        }
        let through_a_slot = "    1000:\tcall   *0x10(%rip)        # 3deb20 <_DYNAMIC+0x16d8>\n    \
                              1010:\tjmp    3000 <refuel>";
        assert_eq!(calls(Machine::X86, &step(through_a_slot), RELOCATIONS).calls.len(), 1);
    }

    #[test]
    fn a_slow_path_that_calls_is_found() {
        let disassembly = step("    1000:\tjmp    3000 <refuel>").replace("jmp    *%rax", "call   *%rax");
        assert_eq!(calls(Machine::X86, &disassembly, RELOCATIONS).calls.len(), 1);
    }

    #[test]
    fn the_same_on_arm() {
        let on_arm = |body: &str| {
            let disassembly = step(body).replace("jmp    *%rax", "br\tx8");
            calls(Machine::Arm, &disassembly, "").calls.len()
        };
        assert_eq!(on_arm("    1000:\tbl\t5000 <grow>\n    1004:\tbl\t4000 <trap>\n    1008:\tbr\tx8"), 0);
        for call in ["blr\tx8", "bl\t3000 <refuel>", "bl\t1000 <step>"] {
            let body =
                format!("    1000:\t{call}\n    1004:\tb.eq\t1010 <step+0x10>\n    1008:\tb\t3000 <refuel>");
            assert_eq!(on_arm(&body), 1, "{call}");
        }
    }

    #[test]
    fn whose_program_it_is_stands_in_its_header() {
        let header = |machine| [&b"\x7fELF\x02\x01\x01"[..], &[0; 9], &[3, 0, machine, 0]].concat();
        assert_eq!(Machine::of(&header(62)), Some(Machine::X86));
        assert_eq!(Machine::of(&header(183)), Some(Machine::Arm));
        assert_eq!(Machine::of(&header(243)), None);
        assert_eq!(Machine::of(b"#!/bin/sh"), None);
    }
}
