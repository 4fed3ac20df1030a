//! The contract of a step, read from its file.

use std::path::Path;

use ingot_protocol::Failure;
use ingot_protocol::contract::{ColumnPromises, Contract};
use ingot_tables::dataset::{DataType, Role};
use ingot_tables::regular;

/// Reads a contract; a mistake names its line and column.
pub(super) fn read(path: &Path) -> Result<Contract, Failure> {
    let text = regular::text(path).map_err(|error| {
        Failure::new("D0301", format!("{}: the contract: {error}", path.display()))
    })?;
    Contract::parse(&text).map_err(|mistake| {
        let code = if mistake.contradiction { "D0319" } else { "D0302" };
        let place = position(&text, mistake.place.start);
        Failure::new(code, format!("{}:{place} {}", path.display(), mistake.what))
            .help(mistake.help)
    })
}

/// The type that a contract gives a column.
pub(super) fn data_type(promises: &ColumnPromises) -> Option<DataType> {
    let name = promises.data_type()?;
    DataType::EVERY.into_iter().find(|known| known.name() == name)
}

/// The role that a contract gives a column.
pub(super) fn role(promises: &ColumnPromises) -> Role {
    let name = promises.role();
    Role::EVERY.into_iter().find(|known| known.name() == name).unwrap_or(Role::Feature)
}

/// Line and column of a byte, from 1, as `3:7:`.
fn position(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}:")
}

#[cfg(test)]
mod tests {
    use ingot_protocol::contract::{ROLES, TYPES};

    use super::*;

    #[test]
    fn a_contract_has_the_types_and_roles_of_a_dataset() {
        assert_eq!(DataType::EVERY.map(DataType::name), TYPES);
        assert_eq!(Role::EVERY.map(Role::name), ROLES);
    }
}
