//! `isa = "avx2"` means the same bits on the processors of every maker: a training step
//! of each network under emulated ones, with as many threads as there may be, and with
//! none of its products left to a library that asks who made the processor.
#![cfg(target_arch = "x86_64")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use arrow::array::{BinaryArray, StringArray};
use ingot_protocol::Request;
use ingot_tables::dataset::Image;
use serde_json::{Value, json};

use crate::support::{
    Bench, Numbers, bars_dataset, batch, files, image_schema, table, table_schema, write,
};

/// Processors without AVX-512: those of one maker, and of another.
const MAKERS: [&str; 2] = ["Haswell-v4", "EPYC-Milan-v1"];

/// Network, kind and params. Nothing is turned, which SimCLR does unless it is told: QEMU
/// 7.2 gathers wrong values, for which see [`a_turned_image_is_the_same_under_both`].
fn networks(width: u64) -> [(&'static str, &'static str, Value); 4] {
    let change = json!({ "noise": 0.1, "rotation": 0.0, "scale": 0.0, "translation": 0.0 });
    let images = json!({ "width": width, "epochs": 1, "batch_size": 48, "augmentation": change });
    let of = |family: Value| {
        let mut params = images.clone();
        params.as_object_mut().unwrap().extend(family.as_object().cloned().unwrap());
        params
    };
    [
        ("cnn", "train", of(json!({ "family": "cnn", "dropout": 0.3 }))),
        ("resnet", "train", of(json!({ "family": "resnet" }))),
        ("simclr", "pretrain", of(json!({ "family": "simclr", "encoder": "resnet" }))),
        (
            "mlp",
            "train",
            json!({ "family": "mlp", "hidden": [20 * width, 70], "epochs": 2, "dropout": 0.3 }),
        ),
    ]
}

/// The data of all networks, made once.
struct Data {
    bench: Bench,
    images: PathBuf,
    rows: PathBuf,
}

impl Data {
    fn new() -> Self {
        let bench = Bench::new();
        let images = bars_dataset(&bench);
        Self::with_images(bench, images)
    }

    /// So many images of `side` pixels a side, of noise.
    fn of_noise(images: usize, side: u32) -> Self {
        let bench = Bench::new();
        let mut schema = image_schema();
        schema.image =
            Some(Image { column: "image".into(), height: side, width: side, channels: 1 });
        let mut numbers = Numbers(5);
        let mut split = |rows: usize| {
            let pixels = side as usize * side as usize;
            let images: Vec<Vec<u8>> = (0..rows)
                .map(|_| (0..pixels).map(|_| (numbers.next() * 256.0) as u8).collect())
                .collect();
            let labels: Vec<Option<&str>> =
                (0..rows).map(|row| Some(["a", "b", "c"][row % 3])).collect();
            let images = BinaryArray::from_iter_values(images);
            batch(vec![("image", Arc::new(images)), ("label", Arc::new(StringArray::from(labels)))])
        };
        let splits = [("train", split(images)), ("valid", split(6))];
        let images = write(bench.path("images"), &schema, &splits);
        Self::with_images(bench, images)
    }

    fn with_images(bench: Bench, images: PathBuf) -> Self {
        let splits = [("train", table(200, 1)), ("valid", table(60, 2))];
        let rows = write(bench.path("table"), &table_schema(), &splits);
        Self { bench, images, rows }
    }

    fn request(&self, kind: &str, params: &Value, output: &str) -> Request {
        let data = if params["family"] == "mlp" { &self.rows } else { &self.images };
        self.bench.request(kind, params.clone(), &[("data", data)], output)
    }

    /// Runs the worker's program, behind `before` where that is not empty.
    fn run(&self, before: &[&str], environment: &[(&str, &str)], request: &Request) -> Output {
        let output = &request.outputs["model"].path;
        let path = output.with_extension("json");
        std::fs::write(&path, serde_json::to_vec(request).unwrap()).unwrap();
        let program = env!("CARGO_BIN_EXE_ingot-torch");
        let mut words = before.iter().copied().chain([program, "run"]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg(&path).env("OMP_NUM_THREADS", request.platform.threads.to_string());
        command.env("OMP_WAIT_POLICY", "passive").envs(environment.iter().copied());
        let done = command.output().unwrap();
        assert!(
            done.status.success(),
            "{before:?} {}: {}{}",
            path.display(),
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        done
    }
}

/// The emulator, where one is installed that knows AVX2 (QEMU 7.2 is the first).
#[allow(clippy::print_stdout, reason = "why a test is skipped")]
fn emulator() -> Option<&'static str> {
    let found = ["qemu-x86_64", "qemu-x86_64-static"].into_iter().find(|program| {
        let Ok(said) = Command::new(program).arg("--version").output() else { return false };
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = said.split("version ").nth(1).unwrap_or_default();
        let mut numbers = version.split(['.', ' ']).map_while(|word| word.parse::<u32>().ok());
        (numbers.next(), numbers.next()) >= (Some(7), Some(2))
    });
    if found.is_none() {
        println!("skipped: there is no qemu-x86_64 of 7.2 or later (Debian's package qemu-user)");
    }
    found
}

#[test]
fn a_step_of_each_network_is_the_same_under_both_makers_and_here() {
    if let Some(emulator) = emulator() {
        compare(emulator, &Data::of_noise(24, 8), 16);
    }
}

/// Where the blocks of a library that asks for the size of a cache could differ.
#[test]
fn large_networks_are_the_same_too() {
    if std::env::var_os("INGOT_TEST_MAKERS").is_none() {
        println!("skipped: INGOT_TEST_MAKERS is not set, and this takes minutes");
    } else if let Some(emulator) = emulator() {
        compare(emulator, &Data::of_noise(16, 28), 32);
    }
}

fn compare(emulator: &str, data: &Data, width: u64) {
    for (network, kind, params) in networks(width) {
        let here = data.request(kind, &params, &format!("{network}-here"));
        data.run(&[], &[], &here);
        let expected = files(&here.outputs["model"].path);
        std::thread::scope(|scope| {
            for maker in MAKERS {
                let (params, expected) = (&params, &expected);
                scope.spawn(move || {
                    let there = data.request(kind, params, &format!("{network}-{maker}"));
                    data.run(&[emulator, "-cpu", maker], &[], &there);
                    assert!(files(&there.outputs["model"].path) == *expected, "{network} {maker}");
                });
            }
        });
    }
}

#[test]
fn a_turned_image_is_the_same_under_both() {
    let Some(emulator) = emulator() else { return };
    let data = Data::of_noise(24, 8);
    let change = json!({ "rotation": 10.0, "translation": 1.0, "scale": 0.1 });
    let params = json!({ "family": "cnn", "width": 4, "epochs": 1, "augmentation": change });
    let [first, second] = MAKERS.map(|maker| {
        let there = data.request("train", &params, &format!("turned-{maker}"));
        data.run(&[emulator, "-cpu", maker], &[], &there);
        files(&there.outputs["model"].path)
    });
    assert!(first == second);
}

#[test]
fn the_library_is_asked_for_no_product() {
    let data = Data::new();
    for (network, kind, params) in networks(16) {
        let request = data.request(kind, &params, &format!("{network}-loud"));
        let said = data.run(&[], &[("MKL_VERBOSE", "1")], &request);
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let products: Vec<_> = said.lines().filter(|line| line.contains("GEMM")).collect();
        assert_eq!(products, Vec::<&str>::new(), "{network}");
    }
}

#[test]
fn threads_do_not_change_the_bits_of_fully_connected_layers() {
    let data = Data::new();
    let [.., (network, kind, params)] = networks(16);
    let outputs = [1, 2, 3].map(|threads| {
        let mut request = data.request(kind, &params, &format!("{network}-{threads}"));
        request.platform.threads = threads;
        data.run(&[], &[], &request);
        files(&request.outputs["model"].path)
    });
    assert!(outputs[0] == outputs[1] && outputs[0] == outputs[2]);
}
