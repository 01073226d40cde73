//! The networks that `nda bench block` runs: four layers of 2-bit weights from a seed, as blobs in memory and as NDA.

use crate::failure::Failure;
use nda_engine::{Engine, Hash, Loaded, WeightsSource};
use nda_tensor::weights::{ContentHash, Tensor, write_tensor};
use nda_tensor::{Granularity, Path, Scheme, Scratch, Shape, quantise, relu};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows and columns of the layers.
pub const SHAPES: [(usize, usize); 4] = [(128, 896), (128, 128), (128, 128), (896, 128)];
/// Of all weights and of the input.
pub const SEED: u64 = 7;

/// Which product the layers are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Product {
    /// Activations of 8 bits.
    Gemv,
    /// Activations of 2 bits.
    GemvQ2,
}

/// How a network is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// One definition.
    Function,
    /// Five: each matrix is a constant.
    Constants,
}

impl Spelling {
    /// How many definitions it has.
    pub const fn definitions(self) -> usize {
        match self {
            Self::Function => 1,
            Self::Constants => 1 + SHAPES.len(),
        }
    }
}

impl Product {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Gemv, Self::GemvQ2];

    /// Its name in the language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gemv => "gemv",
            Self::GemvQ2 => "gemv_q2",
        }
    }
}

/// Numbers from a seed: xorshift64*.
pub struct Numbers(u64);

impl Numbers {
    pub fn new() -> Self {
        Self(SEED)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    /// From -1 up to 1.
    pub fn vector(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (self.next() as f64 / f64::from(1 << 31) - 1.0) as f32).collect()
    }

    /// Levels of two bits over the root of the columns, so that activations keep their size.
    fn weights(&mut self, rows: usize, columns: usize) -> Vec<f32> {
        let scale = 1.0 / (columns as f32).sqrt();
        (0..rows * columns).map(|_| [-2.0, -1.0, 1.0, 2.0][self.next() as usize & 3] * scale).collect()
    }
}

/// Networks without end, from few matrices: the second and the third layer are chosen, so each network is another program, and no
/// code or outcome of one helps the next.
pub struct Networks {
    layers: [Vec<Arc<Loaded>>; 4],
}

/// Blobs in memory.
struct Blobs(HashMap<Hash, Vec<u8>>);

impl WeightsSource for Blobs {
    fn load(&self, hash: Hash) -> Option<Loaded> {
        Loaded::read(self.0.get(&hash)?, ContentHash(hash.0)).ok()
    }
}

impl Networks {
    /// At least `count` of them. Their weights are made, given to the engine, loaded, and laid out for both kernels.
    pub fn make(count: usize, engine: &Engine, numbers: &mut Numbers) -> Result<Self, Failure> {
        let choices = (1..).find(|choices: &usize| choices * choices >= count).unwrap_or(1);
        let mut blobs = HashMap::new();
        let mut hashes: [Vec<Hash>; 4] = Default::default();
        for (layer, (&(rows, columns), hashes)) in SHAPES.iter().zip(&mut hashes).enumerate() {
            let shape = Shape::new(rows, columns).map_err(broken)?;
            for _ in 0..if matches!(layer, 1 | 2) { choices } else { 1 } {
                let weights = numbers.weights(rows, columns);
                let matrix = quantise(shape, &weights, Scheme::Quad, Granularity::Row).map_err(broken)?;
                let mut blob = Vec::new();
                let hash = Hash(write_tensor(&Tensor::Weights(matrix), &mut blob)?.0);
                blobs.insert(hash, blob);
                hashes.push(hash);
            }
        }
        engine.offer_weights(Blobs(blobs));
        let load = |hash: &Hash| {
            let loaded = engine.weights(*hash).ok_or_else(|| broken("weights in memory are not found"))?;
            let (mut to, x) = (vec![0.0; loaded.shape().rows()], vec![0.0; loaded.shape().columns()]);
            for product in Product::ALL {
                multiply(product, &loaded, &mut Scratch::default(), &x, &mut to)?;
            }
            Ok::<_, Failure>(loaded)
        };
        let mut layers: [Vec<Arc<Loaded>>; 4] = Default::default();
        for (loaded, hashes) in layers.iter_mut().zip(&hashes) {
            *loaded = hashes.iter().map(load).collect::<Result<_, _>>()?;
        }
        Ok(Self { layers })
    }

    fn network(&self, index: usize) -> [&Loaded; 4] {
        let [first, second, third, last] = &self.layers;
        [&first[0], &second[index % second.len()], &third[index / second.len() % third.len()], &last[0]]
    }

    /// Of all weights of a network.
    pub fn weight_count() -> usize {
        SHAPES.iter().map(|(rows, columns)| rows * columns).sum()
    }

    /// A network as NDA: a function, and the weights in it or in constants of their own.
    pub fn source(&self, index: usize, product: Product, spelling: Spelling) -> String {
        let mut source = String::new();
        let mut layers = Vec::new();
        for (layer, loaded) in (1..).zip(self.network(index)) {
            let weights = format!("weights(\"b3:{}\")", loaded.hash());
            if spelling == Spelling::Function {
                layers.push(weights);
                continue;
            }
            let (rows, columns) = (loaded.shape().rows(), loaded.shape().columns());
            source.push_str(&format!("const W{layer}: mat[{rows}, {columns}] = {weights};\n"));
            layers.push(format!("W{layer}"));
        }
        let p = product.name();
        source.push_str("fn block(x: vec[896]) -> vec[896] {\n");
        for (layer, weights) in (1..).zip(&layers) {
            source.push_str(&match layer {
                4 => format!("    {p}({weights}, x)\n}}\n"),
                _ => format!("    let x = relu({p}({weights}, x));\n"),
            });
        }
        source
    }

    /// What a network gives, by its kernels alone. `layers` keeps its memory from one call to the next, and holds the result in its
    /// last.
    pub fn run(
        &self,
        index: usize,
        product: Product,
        scratch: &mut Scratch,
        x: &[f32],
        layers: &mut [Vec<f32>; 4],
    ) -> Result<(), Failure> {
        for (layer, loaded) in self.network(index).into_iter().enumerate() {
            let (before, rest) = layers.split_at_mut(layer);
            let to = &mut rest[0];
            to.resize(loaded.shape().rows(), 0.0);
            multiply(product, loaded, scratch, before.last().map_or(x, |x| x), to)?;
            if layer + 1 < SHAPES.len() {
                relu(Path::best(), to);
            }
        }
        Ok(())
    }
}

fn multiply(
    product: Product,
    matrix: &Loaded,
    scratch: &mut Scratch,
    x: &[f32],
    to: &mut [f32],
) -> Result<(), Failure> {
    let kernel = match product {
        Product::Gemv => Loaded::gemv,
        Product::GemvQ2 => Loaded::gemv_q2,
    };
    kernel(matrix, Path::best(), scratch, x, to).map_err(broken)
}

/// A benchmark whose own program is wrong measures nothing.
pub fn broken(why: impl std::fmt::Display) -> Failure {
    Failure::Benchmark(why.to_string())
}
