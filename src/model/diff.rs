//! Typed difference of two actions: why a key moved. (Filled with the engine.)
