//! The kind natively and, where `INGOT_WASM` and `INGOT_PLUGIN` name the host
//! and the built plugin, in the host, which must give the same bytes.

use std::sync::Arc;

use ingot_plugin::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use ingot_plugin::test::Case;
use ingot_plugin::{Failure, json};

#[test]
fn it_keeps_the_first_rows_of_each_split() -> Result<(), Failure> {
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("x", column)])?;
    let data = [("test", vec![batch.clone()]), ("train", vec![batch.clone(), batch])];
    let case = Case::new::<plugin::Plugin>().params(json!({"rows": 4}));
    let outcome = case.input("data", data).check()?;
    assert_eq!(outcome.numbers("data", "train", "x"), [1.0, 2.0, 3.0, 1.0]);
    assert_eq!(outcome.metric("rows"), 7.0);
    Ok(())
}
