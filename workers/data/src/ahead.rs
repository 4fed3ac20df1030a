//! [`each`]: one item after the other, the next one made while one is worked on.

use ingot_protocol::Failure;

/// Works on items in their order, up to the first failure. With more than one thread the next
/// item is made beside.
pub(crate) fn each<T: Send>(
    cpus: u64,
    items: impl Iterator<Item = Result<T, Failure>> + Send,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut items = items;
    if cpus < 2 {
        return items.try_for_each(|item| take(item?));
    }
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        scope.spawn(move || {
            for item in items {
                // Whoever worked on them has stopped.
                if sender.send(item).is_err() {
                    return;
                }
            }
        });
        receiver.into_iter().try_for_each(|item| take(item?))
    })
}
