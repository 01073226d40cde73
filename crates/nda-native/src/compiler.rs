//! Definitions to one unit of machine code.

use crate::borders;
use crate::door::Door;
use crate::parts::Parts;
use crate::passes::{self, Level};
use crate::translate::{self, clif, signature};
use crate::unit::{Function, NativeFn, NativeRest, Unit};
use crate::{Linker, Unsupported};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, ModuleReloc, default_libcall_names};
use nda_graph::{DefinitionRef, Hash, Ty};
use nda_jit::OpenLoop;
use nda_jit::runtime::{Graph, Layouts, explain, layout};
use std::collections::HashMap;
use std::sync::Arc;

/// Native stack to compile on: enough for the deepest body in an unoptimised build.
const STACK_BYTES: usize = 48 << 20;

/// What is told of a function besides its code, on demand.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The definition.
    pub hash: Hash,
    /// By pass over the graph: the records that it leaves, or what it decides.
    pub graph: Vec<(&'static str, String)>,
    /// Cranelift's intermediate language, as it was translated.
    pub clif: String,
    /// The same after each of our passes, by their names.
    pub passes: Vec<(&'static str, String)>,
    /// The machine code, disassembled.
    pub assembly: String,
}

/// The compiler. It keeps its memory between units: make one and reuse it.
pub struct Compiler {
    isa: OwnedTargetIsa,
    can_round: bool,
    level: Level,
    door: Arc<Door>,
    context: Context,
    builder: FunctionBuilderContext,
    graph: Graph,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Compiler({})", self.isa.triple())
    }
}

/// What one function became.
struct Done {
    id: FuncId,
    frame_words: u32,
    stack_bytes: u32,
    code_bytes: u32,
}

impl Compiler {
    /// A compiler for the machine it runs on; none if Cranelift does not know it.
    #[must_use]
    pub fn new(level: Level) -> Option<Self> {
        let mut flags = settings::builder();
        flags.set("opt_level", if level == Level::None { "none" } else { "speed" }).ok()?;
        flags.set("is_pic", "false").ok()?;
        flags.set("preserve_frame_pointers", "false").ok()?;
        flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }).ok()?;
        // A frame larger than a page would have to touch each: the bound on native stack counts on guard pages being met.
        flags.set("enable_probestack", "false").ok()?;
        // The state is in a register of its own all the time, which no allocation of registers has to do with.
        flags.set("enable_pinned_reg", "true").ok()?;
        // What moving code takes.
        flags.set("machine_code_cfg_info", if borders::matter() { "true" } else { "false" }).ok()?;
        let isa = cranelift_native::builder().ok()?.finish(settings::Flags::new(flags)).ok()?;
        let door = Arc::new(Door::new(empty_module(&isa), isa.default_call_conv())?);
        Some(Self {
            isa,
            door,
            can_round: rounds(),
            level,
            context: Context::new(),
            builder: FunctionBuilderContext::new(),
            graph: Graph::default(),
        })
    }

    /// Compiles definitions into one unit. Recursive groups have to be whole.
    ///
    /// # Errors
    /// If a definition holds what tier 2 does not know, or is too much for it: they all stay on tier 1 then.
    ///
    /// # Panics
    /// If a definition was not verified.
    pub fn compile(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        linker: &dyn Linker,
    ) -> Result<Vec<NativeFn>, Unsupported> {
        let grown = || self.compile_here(members, None, linker, None);
        stacker::maybe_grow(STACK_BYTES, STACK_BYTES, grown).map(|(functions, _)| functions)
    }

    /// [`Compiler::compile`], and code for the rest of a function, from where these loops of its body are open: the
    /// outermost first, and the head of the last is where it is entered. The function is among the members if one of them calls it.
    ///
    /// # Errors
    /// As [`Compiler::compile`]; and if at that head something is being computed that the frame does not have.
    pub fn compile_rest(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        function: (Hash, DefinitionRef<'_>),
        loops: Vec<OpenLoop>,
        linker: &dyn Linker,
    ) -> Result<(Vec<NativeFn>, NativeRest), Unsupported> {
        let grown = || self.compile_here(members, Some((function, loops)), linker, None);
        let (functions, rest) = stacker::maybe_grow(STACK_BYTES, STACK_BYTES, grown)?;
        Ok((functions, rest.expect("it was asked for")))
    }

    /// [`Compiler::compile`], for people: what each function was translated to.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub fn list(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        linker: &dyn Linker,
    ) -> Result<Vec<Listing>, Unsupported> {
        let mut listings = Vec::new();
        stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || {
            self.compile_here(members, None, linker, Some(&mut listings))
        })?;
        Ok(listings)
    }

    fn compile_here(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        rest: Option<((Hash, DefinitionRef<'_>), Vec<OpenLoop>)>,
        linker: &dyn Linker,
        mut listings: Option<&mut Vec<Listing>>,
    ) -> Result<(Vec<NativeFn>, Option<NativeRest>), Unsupported> {
        let all = members.iter().chain(rest.as_ref().map(|(function, _)| function));
        for &(hash, view) in all.clone() {
            translate::supported(hash, view)?;
        }
        let mut parts = Parts::new(empty_module(&self.isa), Arc::clone(&self.door), self.can_round);
        let compiled = self.functions(members, rest.as_ref(), linker, &mut parts, &mut listings);
        let finished = compiled.and_then(|done| {
            let enters = self.enters(members, rest.as_ref(), &mut parts)?;
            let ended = parts.module.finalize_definitions();
            let first = all.clone().next().map_or(Hash::of("nothing", &[]), |&(hash, _)| hash);
            ended.map_err(|error| refused(first, &error))?;
            Ok((done, enters))
        });
        let (done, enters) = match finished {
            Ok(finished) => finished,
            Err(unsupported) => {
                free(parts.module);
                return Err(unsupported);
            }
        };
        let Parts { module, mut owned, literals, door, layouts, .. } = parts;
        owned.layouts = layouts.into_all();
        let entered = done.last().zip(enters.last()).map(|(done, &enter)| {
            let [address, enter] = [done.id, enter].map(|id| module.get_finalized_function(id));
            (address, enter)
        });
        let functions = members.iter().zip(&done).zip(enters);
        let functions = functions
            .map(|((&(hash, view), done), enter)| {
                let signature = view.signature().to_owned();
                Function {
                    hash,
                    border: Layouts::of(signature.types.view()),
                    signature,
                    address: module.get_finalized_function(done.id),
                    enter: module.get_finalized_function(enter),
                    last_node: view.node_count() - 1,
                }
            })
            .collect();
        let kept = owned.keeps.iter().map(|function| &function.unit);
        let widest_frame = kept.clone().map(|unit| unit.widest_frame);
        let stack_bytes = kept.map(|unit| unit.stack_bytes);
        let unit = Arc::new(Unit {
            functions,
            widest_frame: done.iter().map(|done| done.frame_words).chain(widest_frame).max().unwrap_or(0),
            stack_bytes: done.iter().map(|done| done.stack_bytes).chain(stack_bytes).max().unwrap_or(0),
            code_bytes: done.iter().map(|done| done.code_bytes as usize).sum(),
            module: Some(module),
            _door: door,
            _owned: owned,
            _literals: literals,
        });
        let rest = rest.zip(entered).map(|((_, loops), (address, enter))| NativeRest {
            unit: Arc::clone(&unit),
            address,
            enter,
            loops,
        });
        let functions = (0..members.len()).map(|function| NativeFn { unit: Arc::clone(&unit), function });
        Ok((functions.collect(), rest))
    }

    /// Compiles the members, and the rest of one of them behind those.
    fn functions(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        rest: Option<&((Hash, DefinitionRef<'_>), Vec<OpenLoop>)>,
        linker: &dyn Linker,
        parts: &mut Parts,
        listings: &mut Option<&mut Vec<Listing>>,
    ) -> Result<Vec<Done>, Unsupported> {
        let conv = self.isa.default_call_conv();
        for &(hash, view) in members {
            let signature = signature(view.signature().params(), view.signature().ret(), conv);
            let name = format!("nda:{}", hash.short());
            let id = match parts.module.declare_function(&name, Linkage::Local, &signature) {
                Ok(id) => id,
                Err(error) => return Err(refused(hash, &error)),
            };
            parts.functions.push(id);
        }
        let mut done = Vec::with_capacity(members.len());
        let whole = members.iter().map(|&member| (member, None));
        let rest = rest.map(|(function, loops)| (*function, Some(&loops[..])));
        for (index, ((hash, view), loops)) in whole.chain(rest).enumerate() {
            let types = view.signature();
            let signature = match loops {
                None => signature(types.params(), types.ret(), conv),
                Some(_) => signature(std::iter::empty(), types.ret(), conv),
            };
            let id = match parts.functions.get(index) {
                Some(&id) => id,
                None => {
                    let id = parts.module.declare_function("rest", Linkage::Local, &signature);
                    id.map_err(|error| refused(hash, &error))?
                }
            };
            self.context.clear();
            self.context.func.signature = signature;
            self.context.func.name = ir::UserFuncName::user(0, id.as_u32());
            let translated = translate::translate(
                &mut self.context.func,
                &mut self.builder,
                parts,
                &mut self.graph,
                members,
                (hash, view),
                loops,
                linker,
                self.level,
                self.isa.frontend_config(),
            );
            let translated = match translated {
                Ok(translated) => translated,
                Err(unsupported) => {
                    // What was begun is not to be found by the next one.
                    self.builder = FunctionBuilderContext::new();
                    return Err(unsupported);
                }
            };
            let clif = listings.is_some().then(|| self.context.func.display().to_string());
            let mut after = Vec::new();
            passes::run(&mut self.context, &*self.isa, translated.facts, self.level, &mut |pass, func| {
                if listings.is_some() {
                    after.push((pass, func.display().to_string()));
                }
            });
            self.context.set_disasm(listings.is_some());
            self.define(&mut parts.module, id).map_err(|error| refused(hash, &error))?;
            let code = self.context.compiled_code().expect("it was just compiled");
            if let (Some(listings), Some(clif)) = (listings.as_deref_mut(), clif) {
                let assembly = code.vcode.clone().unwrap_or_default();
                let constant = |index| linker.constant(view.reference(index).hash);
                let graph = explain(view, constant, translate::Callees { members, linker });
                listings.push(Listing { hash, graph, clif, passes: after, assembly });
            }
            let frame = code.buffer.frame_layout().map_or(0, |frame| frame.frame_to_fp_offset);
            // The return address and the caller's frame pointer.
            let stack_bytes = frame + 16;
            let code_bytes = code.buffer.total_size();
            done.push(Done { id, frame_words: translated.frame_words, stack_bytes, code_bytes });
        }
        Ok(done)
    }

    /// [`Module::define_function`] for the function at hand, with jumps where they cost least.
    fn define(&mut self, module: &mut JITModule, id: FuncId) -> Result<(), Box<ModuleError>> {
        if !self.isa.flags().machine_code_cfg_info() {
            return module.define_function(id, &mut self.context).map_err(Box::new);
        }
        let compiled = self.context.compile(&*self.isa, &mut ControlPlane::default());
        compiled.map_err(|error| Box::new(ModuleError::from(error)))?;
        let code = self.context.compiled_code().expect("it was just compiled");
        let room = borders::room_before(code);
        let bytes = [&borders::nothing(room), code.code_buffer()].concat();
        let relocs = code.buffer.relocs().iter().map(|reloc| {
            let reloc = ModuleReloc::from_mach_reloc(reloc, &self.context.func, id);
            ModuleReloc { offset: reloc.offset + room as u32, ..reloc }
        });
        let relocs: Vec<_> = relocs.collect();
        module.define_function_bytes(id, borders::APART as u64, &bytes, &relocs).map_err(Box::new)
    }

    /// By member, how runs enter it: one function for each way to take arguments and give a result.
    fn enters(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        rest: Option<&((Hash, DefinitionRef<'_>), Vec<OpenLoop>)>,
        parts: &mut Parts,
    ) -> Result<Vec<FuncId>, Unsupported> {
        let mut known: HashMap<Vec<ir::Type>, FuncId> = HashMap::new();
        let mut enters = Vec::with_capacity(members.len());
        let whole = members.iter().map(|&(hash, view)| (hash, view, view.signature().params().collect()));
        let rest = rest.map(|&((hash, view), _)| (hash, view, Vec::new()));
        for (hash, view, params) in whole.chain(rest) {
            let params: Vec<Ty> = params;
            let types = view.signature();
            let held: Vec<_> = params.iter().copied().chain([types.ret()]).map(clif).collect();
            let id = match known.get(&held) {
                Some(&id) => id,
                None => {
                    let id = self.enter(&params, types.ret(), known.len(), parts);
                    let id = id.map_err(|error| refused(hash, &error))?;
                    known.insert(held, id);
                    id
                }
            };
            enters.push(id);
        }
        Ok(enters)
    }

    fn enter(
        &mut self,
        params: &[Ty],
        ret: Ty,
        number: usize,
        parts: &mut Parts,
    ) -> Result<FuncId, Box<ModuleError>> {
        let conv = self.isa.default_call_conv();
        self.context.clear();
        let own = &mut self.context.func.signature;
        own.call_conv = conv;
        own.params.extend([AbiParam::new(types::I64); 4]);
        let name = format!("enter:{number}");
        let id = parts.module.declare_function(&name, Linkage::Local, own).map_err(Box::new)?;
        let mut b = FunctionBuilder::new(&mut self.context.func, &mut self.builder);
        let block = b.create_block();
        b.append_block_params_for_function_params(block);
        b.switch_to_block(block);
        b.seal_block(block);
        let &[state, fp, depth, function] = b.block_params(block) else { unreachable!("four were appended") };
        let flags = MemFlagsData::trusted();
        let fuel = b.ins().load(types::I64, flags, state, layout::FUEL as i32);
        let mut args = vec![fp, depth, fuel];
        for (index, &ty) in params.iter().enumerate() {
            args.push(b.ins().load(clif(ty), flags, fp, 8 * (1 + index as i32)));
        }
        let callee = b.import_signature(signature(params.iter().copied(), ret, conv));
        // It is the caller's to have back.
        let before = b.ins().get_pinned_reg(types::I64);
        b.ins().set_pinned_reg(state);
        let call = b.ins().call_indirect(callee, function, &args);
        b.ins().set_pinned_reg(before);
        let &[value, fuel] = b.inst_results(call) else { unreachable!("functions give two values") };
        let word = match clif(ret) {
            types::I8 => b.ins().uextend(types::I64, value),
            _ => value,
        };
        b.ins().store(flags, word, state, layout::RESULT as i32);
        let (done, ended) = (b.create_block(), b.create_block());
        let stopped = b.ins().icmp_imm_s(ir::condcodes::IntCC::Equal, fuel, translate::STOPPED);
        b.ins().brif(stopped, ended, &[], done, &[]);
        b.switch_to_block(done);
        b.ins().store(flags, fuel, state, layout::FUEL as i32);
        b.ins().jump(ended, &[]);
        b.switch_to_block(ended);
        b.ins().return_(&[]);
        b.seal_all_blocks();
        b.finalize(self.isa.frontend_config());
        parts.module.define_function(id, &mut self.context).map_err(Box::new)?;
        Ok(id)
    }
}

fn empty_module(isa: &OwnedTargetIsa) -> JITModule {
    let mut builder = JITBuilder::with_isa(Arc::clone(isa), default_libcall_names());
    // Without this a name that we did not define would be looked up among the symbols of the process.
    builder.symbol_lookup_fn(Box::new(|_| Some(no_such_symbol as *const u8)));
    JITModule::new(builder)
}

/// Gives back the pages of a unit that came to nothing.
#[allow(unsafe_code)]
fn free(module: JITModule) {
    // SAFETY: no address of its code was given to anybody.
    unsafe { module.free_memory() };
}

fn refused(hash: Hash, error: &ModuleError) -> Unsupported {
    debug_assert!(!matches!(error, ModuleError::Compilation(CodegenError::Verifier(_))), "{error:?}");
    let why = match error {
        ModuleError::Compilation(CodegenError::CodeTooLarge | CodegenError::ImplLimitExceeded) => {
            "more code than a function can have"
        }
        ModuleError::Allocation { .. } => "no memory for its code",
        _ => "Cranelift refuses it",
    };
    Unsupported::new(hash, why)
}

/// What a name stands for that is none of ours. Nothing calls it: code that could is a bug.
extern "C" fn no_such_symbol() {
    std::process::abort();
}

#[cfg(target_arch = "x86_64")]
fn rounds() -> bool {
    std::arch::is_x86_feature_detected!("sse4.1")
}

#[cfg(not(target_arch = "x86_64"))]
fn rounds() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_process_mean_nothing() {
        let compiler = Compiler::new(Level::All).expect("tests run on a machine that Cranelift knows");
        let mut module = empty_module(&compiler.isa);
        let mut nothing = module.make_signature();
        nothing.returns.push(AbiParam::new(types::I32));
        let id = module.declare_function("getpid", Linkage::Import, &nothing).expect("it can be named");
        let address = module.get_address(&cranelift_module::ModuleRelocTarget::user(0, id.as_u32()));
        assert_eq!(address as usize, no_such_symbol as *const () as usize);
        free(module);
    }
}
