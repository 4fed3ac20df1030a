//! The screen: folds the one event stream into lines, bars or JSON.
