//! The SQL worker: tables become other tables by one query.
//!
//! As the program `ingot-sql` it provides the step kind `transform`, on the formats of
//! `ingot-tables` and the query engine DataFusion. Invariant: the output is a pure function
//! of the request, to the byte: no memory bound, batch boundary or clock shows in it.

pub mod codes;
pub mod transform;
pub mod worker;
