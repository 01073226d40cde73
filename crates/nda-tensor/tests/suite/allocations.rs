//! A warm run asks for no memory.
#![allow(unsafe_code)]

use crate::reference::{Numbers, matrix};
use nda_tensor::weights::{Tensor, Weights};
use nda_tensor::{
    ByteVector, GemvMatrix, GemvQ2Matrix, Path, QuadVector, Scheme, argmax, relu, rms_norm, softmax,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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

#[test]
fn a_warm_run_asks_for_no_memory() {
    let matrices =
        [(128, 200), (64, 128), (30, 64)].map(|(rows, columns)| matrix(rows, columns, Scheme::Quad, true, 3));
    let fast = matrices.each_ref().map(GemvMatrix::new);
    let tables = matrices.each_ref().map(GemvQ2Matrix::new);
    let input = Numbers::new(1).vector(200);
    let gain = [1.0; 128];
    for path in Path::available() {
        let (mut bytes, mut quads) = (ByteVector::default(), QuadVector::default());
        let mut buffer = [0.0; 128];
        let mut run = || {
            for by_tables in [false, true] {
                let mut len = 0;
                for layer in 0..3 {
                    let rows = matrices[layer].shape().rows();
                    let x = if layer == 0 { &input } else { &buffer[..len] };
                    if by_tables {
                        quads.assign(path, x).unwrap();
                        tables[layer].gemv(path, &quads, &mut buffer[..rows]).unwrap();
                    } else {
                        bytes.assign(path, x).unwrap();
                        fast[layer].gemv(path, &bytes, &mut buffer[..rows]).unwrap();
                    }
                    len = rows;
                    relu(path, &mut buffer[..len]);
                    rms_norm(path, &mut buffer[..len], &gain[..len], 1e-5).unwrap();
                }
                softmax(path, &mut buffer[..len]).unwrap();
                argmax(path, &buffer[..len]).unwrap();
            }
        };
        let cold = ASKED.get();
        run();
        let warm = ASKED.get();
        run();
        assert!(warm > cold, "the first run makes the vectors, so the counter counts");
        assert_eq!(ASKED.get() - warm, 0, "{}", path.name());
    }
}

#[test]
fn reading_a_file_asks_for_no_memory() {
    let file = crate::weights::file();
    let before = ASKED.get();
    let weights = Weights::open(&file).unwrap();
    let tensor = weights.find("layer.1").unwrap().tensor();
    let Tensor::Weights(matrix) = &tensor else { unreachable!("it is a matrix") };
    let sum: i32 = (0..matrix.shape().columns()).map(|column| i32::from(matrix.weight(0, column))).sum();
    assert_eq!(ASKED.get() - before, 0, "{sum}");
}
