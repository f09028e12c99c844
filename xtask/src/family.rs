//! What a process has started, and what that has started: browsers and servers of a test that was stopped in the middle.

use std::collections::BTreeMap;
use std::process::Command;

use crate::process::capture;

/// All descendants of `ancestor` that run now; none where the system has no `ps`.
pub fn of(ancestor: u32) -> Vec<u32> {
    let table = capture(Command::new("ps").args(["-A", "-o", "pid=,ppid="])).unwrap_or_default();
    descendants(&table, ancestor)
}

/// Ends those that are still there, without asking: they were given their time.
#[cfg(unix)]
pub fn end(processes: &[u32]) {
    for process in processes.iter().filter_map(|id| i32::try_from(*id).ok()).filter_map(rustix::process::Pid::from_raw)
    {
        // Most are gone already.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    }
}

/// Elsewhere the end of the ancestor has to do.
#[cfg(not(unix))]
pub fn end(_: &[u32]) {}

fn descendants(table: &str, ancestor: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for line in table.lines() {
        let mut numbers = line.split_whitespace().filter_map(|number| number.parse().ok());
        if let (Some(id), Some(parent)) = (numbers.next(), numbers.next()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut found, mut next) = (Vec::new(), vec![ancestor]);
    while let Some(parent) = next.pop() {
        // Taken out, so that even a table that makes no sense comes to an end.
        let generation = children.remove(&parent).unwrap_or_default();
        found.extend(&generation);
        next.extend(generation);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grandchildren_belong_to_the_family() {
        let table = "  1 0\n 10 1\n 11 10\n 12 11\n 20 1\nnonsense\n";
        let mut family = descendants(table, 10);
        family.sort_unstable();
        assert_eq!(family, [11, 12]);
        assert!(descendants(table, 12).is_empty());
    }
}
