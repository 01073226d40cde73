//! A warm run of a program asks for no memory.
#![allow(unsafe_code)]

use crate::on;
use nda_engine::{Engine, Hash, Library as _, Loaded, NdaJitSandbox, Tier, Value, WeightsSource};
use nda_gate::Gate;
use nda_tensor::weights::{ContentHash, Tensor, write_tensor};
use nda_tensor::{Granularity, Scheme, Shape, quantise};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;

/// The system's allocator, counting for each thread.
struct Counting;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // While a thread ends there is nothing left to count with.
    let _ = ASKED.try_with(|asked| asked.set(asked.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Blobs(HashMap<Hash, Vec<u8>>);

impl WeightsSource for Blobs {
    fn load(&self, hash: Hash) -> Option<Loaded> {
        Loaded::read(self.0.get(&hash)?, ContentHash(hash.0)).ok()
    }
}

/// The 4-layer block as constants, and where its weights come from.
fn block() -> (String, Blobs) {
    let (mut constants, mut blobs) = (String::new(), HashMap::new());
    for (layer, (rows, columns)) in (1..).zip([(128, 896), (128, 128), (128, 128), (896, 128)]) {
        let weights: Vec<f32> = (0..rows * columns).map(|at| (at * 7 % 61) as f32 - 30.0).collect();
        let shape = Shape::new(rows, columns).unwrap();
        let matrix = quantise(shape, &weights, Scheme::Quad, Granularity::Row).unwrap();
        let mut blob = Vec::new();
        let hash = write_tensor(&Tensor::Weights(matrix), &mut blob).unwrap();
        constants.push_str(&format!("const W{layer}: mat[{rows}, {columns}] = weights(\"b3:{hash}\");\n"));
        blobs.insert(Hash(hash.0), blob);
    }
    (constants, Blobs(blobs))
}

#[test]
fn a_warm_run_asks_for_no_memory() {
    let (constants, blobs) = block();
    let source = constants
        + "
fn block(x: vec[896]) -> vec[896] {
    gemv(W4, relu(gemv(W3, relu(gemv(W2, relu(gemv(W1, x)))))))
}

fn block_q2(x: vec[896]) -> vec[896] {
    gemv_q2(W4, relu(gemv_q2(W3, relu(gemv_q2(W2, relu(gemv_q2(W1, x)))))))
}

fn main(x: vec[896]) -> f64 {
    let mut all = block(x) + 0.5 * block_q2(x);
    for i in 0..all.len() {
        all[i] += x[i];
    }
    all *= softmax(silu(all));
    dot(all, rms_norm(all, x, 1e-5)) + argmax(all) as f64
}
";
    let mut engine = Engine::new();
    // What a host offers costs a run nothing.
    engine.register("clock::now", "clock", || 0_i64);
    engine.offer_weights(blobs);
    let submission = Gate::new(engine.clone()).examine(&source).unwrap();
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    let hash = submission.resolve("main").unwrap();
    let x: Vec<f32> = (0..896).map(|at| (at % 13) as f32 - 6.0).collect();
    let args = [Value::Vector(x.into())];
    for tier in [Tier::Closure, Tier::Native, Tier::Auto] {
        let options = on(tier);
        let mut sandbox = NdaJitSandbox::new(&engine, &submission);
        let mut asked = [0; 4];
        let mut last = None;
        for asked in &mut asked {
            let before = ASKED.get();
            let run = sandbox.run(hash, &args, &options).unwrap();
            *asked = ASKED.get() - before;
            let value = run.outcome.result.unwrap();
            assert_eq!(*last.get_or_insert_with(|| value.clone()), value);
        }
        assert!(asked[0] > 0 || tier != Tier::Closure, "the first run compiles, so the counter counts");
        assert_eq!(asked[1..], [0; 3], "{}: {asked:?}", tier.name());
    }
}

/// Vectors in and a vector out, of a program that fuses and one that calls kernels: no memory, and no other buffer from call to call.
#[test]
fn a_warm_call_on_lent_vectors_asks_for_no_memory() {
    let (constants, blobs) = block();
    let source = constants
        + "
fn block(x: vec[896]) -> vec[896] {
    gemv(W4, relu(gemv(W3, relu(gemv(W2, relu(gemv(W1, x)))))))
}

fn residual(x: vec[896], y: vec[896]) -> vec[896] {
    relu(block(x) + y) * 0.5 - (x * y + silu(y)) * x
}
";
    let engine = Engine::new();
    engine.offer_weights(blobs);
    let submission = Gate::new(engine.clone()).examine(&source).unwrap();
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    assert!(ASKED.get() > 0, "the counter counts");
    let x: Vec<f32> = (0..896).map(|at| (at % 13) as f32 - 6.0).collect();
    let y: Vec<f32> = (0..896).map(|at| (at % 7) as f32 * 0.25).collect();
    for (name, vectors) in [("block", &[&x[..]][..]), ("residual", &[&x, &y])] {
        let hash = submission.resolve(name).unwrap();
        for tier in [Tier::Closure, Tier::Native, Tier::Auto] {
            let mut function = NdaJitSandbox::new(&engine, &submission).lend_to(hash, on(tier)).unwrap();
            let mut asked = [0; 4];
            let mut places = [std::ptr::null(); 4];
            for (asked, place) in asked.iter_mut().zip(&mut places) {
                let before = ASKED.get();
                let result = function.call(vectors).unwrap();
                *asked = ASKED.get() - before;
                *place = result.as_ptr();
            }
            assert_eq!(asked[1..], [0; 3], "{name}, {}: {asked:?}", tier.name());
            assert_eq!(places[2], places[3], "{name}, {}: the buffer is another", tier.name());
        }
    }
}
