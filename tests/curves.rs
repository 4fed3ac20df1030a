//! What a step observes on its way, and what is known of one that goes on from a checkpoint.

use crate::support::{Project, send, told, until, words};
use rustix::process::Signal;

#[test]
fn what_a_step_observes_is_in_its_log_and_drawn() {
    let project = words();
    project.edit("epochs = 2", "epochs = 12");
    let built = project.run(&["build"]);
    insta::assert_snapshot!(
        built.stderr.lines().filter(|line| line.contains("progress")).collect::<Vec<_>>().join("\n"),
        @r"
    progress learn 2/12 epochs: loss 0.5000, rate 0.5000
    progress learn 3/12 epochs: loss 0.3333, rate 0.5000
    progress learn 4/12 epochs: loss 0.2500, rate 0.5000
    progress learn 5/12 epochs: loss 0.2000, rate 0.5000
    progress learn 6/12 epochs: loss 0.1667, rate 0.5000
    progress learn 8/12 epochs: loss 0.1250, rate 0.5000
    progress learn 9/12 epochs: loss 0.1111, rate 0.5000
    progress learn 10/12 epochs: loss 0.1000, rate 0.5000
    progress learn 11/12 epochs: loss 0.09091, rate 0.5000
    progress learn 12/12 epochs: loss 0.08333, rate 0.5000
    "
    );
    insta::assert_snapshot!(told(&project, &["log", "learn"]), @r"
    epochs     loss    rate
         1        1  0.5000
         2   0.5000  0.5000
         3   0.3333  0.5000
         4   0.2500  0.5000
         5   0.2000  0.5000
         6   0.1667  0.5000
         7   0.1429  0.5000
         8   0.1250  0.5000
         9   0.1111  0.5000
        10   0.1000  0.5000
        11  0.09091  0.5000
        12  0.08333  0.5000
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["show", "learn"]), @r"
    learn (learn)
    key      HEX
    output   words: words file:HEX
    verdict  pass
    rebuilt  never

    observed  12 epochs      first     last    least    most
    loss      █▄▃▂▂▂▁▁▁▁▁▁       1  0.08333  0.08333       1
    rate      ▁▁▁▁▁▁▁▁▁▁▁▁  0.5000   0.5000   0.5000  0.5000
    exit 0
    ");
    assert_eq!(project.run(&["log", "learn", "--raw"]).stdout, "");
    let lock = project.read("ingot.lock");
    assert!(!lock.contains("loss"), "{lock}");
}

#[test]
fn a_step_that_goes_on_from_a_checkpoint_is_known_by_its_whole_time() {
    let project = Project::new(
        "[pipeline]\nname = \"c\"\nedition = 1\n\
         [steps.long]\nkind = \"count\"\nto = 1000\npause = 20\n",
    );
    let child = project.start(&["build"]);
    until("it has counted", || {
        let folders = std::fs::read_dir(project.path(".ingot/checkpoints")).into_iter().flatten();
        let files = folders.flatten().flat_map(|folder| std::fs::read_dir(folder.path()));
        files.flatten().count() > 1
    });
    send(child.id().try_into().unwrap(), Signal::INT);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    project.edit("pause = 20", "pause = 0");
    assert_eq!(project.executed(), ["long"]);
    let file = std::fs::read_dir(project.path(".ingot/observations")).unwrap().next().unwrap();
    let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
    let observation: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
    let (before, whole) = (&observation["before"], &observation["seconds"]);
    // Five numbers of twenty milliseconds each were counted at least.
    assert!(before.as_f64().unwrap() > 0.1, "{text}");
    assert!(whole.as_f64() > before.as_f64(), "{text}");
    let runs = project.run(&["runs", "--csv"]).stdout;
    assert!(runs.contains("interrupted") && runs.contains("done"), "{runs}");
}
