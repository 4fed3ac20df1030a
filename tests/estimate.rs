//! How long a build says that it will take: the way through the graph on these cores, by
//! the times that the steps took last.

use crate::support::Project;

/// Two steps side by side, and one behind them.
fn project() -> Project {
    let command = |name: &str, more: &str| {
        format!(
            "[steps.{name}]\nkind = \"command\"\noutputs.text = \"files\"\n{more}\
             run = [\"sh\", \"-c\", \"sleep 0; echo {name} > {{outputs.text}}\"]\n"
        )
    };
    let manifest = [
        "[pipeline]\nname = \"e\"\nedition = 1\n".to_owned(),
        command("left", ""),
        command("right", ""),
        command("last", "inputs.a = \"left.text\"\ninputs.b = \"right.text\"\n"),
    ];
    Project::new(&manifest.concat())
}

/// Makes the store believe that each step took so long.
fn took(project: &Project, seconds: &[(&str, u32)]) {
    for entry in std::fs::read_dir(project.path(".ingot/observations")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let step = seconds.iter().find(|(step, _)| name.starts_with(step));
        let mut line: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        line["seconds"] = step.unwrap().1.into();
        std::fs::write(path, format!("{line}\n")).unwrap();
    }
}

fn expected(project: &Project, jobs: &str) -> Option<f64> {
    let built = project.build(&["-j", jobs]);
    built.of("planned").next().unwrap()["expected_seconds"].as_f64()
}

#[test]
fn it_is_the_longest_way_on_many_cores_and_the_sum_on_one() {
    let project = project();
    assert_eq!(expected(&project, "1"), None, "nothing was timed yet");
    for (jobs, seconds) in [("1", 640.0), ("2", 440.0), ("64", 440.0)] {
        took(&project, &[("left", 200), ("right", 400), ("last", 40)]);
        let manifest = project.read("ingot.toml");
        project.write("ingot.toml", manifest.replace("; echo", "; echo again"));
        assert_eq!(expected(&project, jobs), Some(seconds), "-j {jobs}");
        for entry in std::fs::read_dir(project.path(".ingot/observations")).unwrap() {
            // The next turn begins with one line a step again.
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, text.lines().last().unwrap()).unwrap();
        }
    }
    assert_eq!(expected(&project, "1"), None, "nothing runs");
}

#[test]
fn plan_says_it_and_a_running_build_says_what_is_left() {
    let project = project();
    project.build(&[]);
    took(&project, &[("left", 1), ("right", 1), ("last", 400)]);
    let manifest = project.read("ingot.toml");
    project.write("ingot.toml", manifest.replace("sleep 0", "sleep 1.1"));
    let said = project.run(&["plan"]);
    assert!(said.stderr.contains("1 depend on those; about 7 min\n"), "{}", said.stderr);
    let built = project.build(&["-j", "2"]);
    let left: Vec<f64> =
        built.of("remaining").map(|event| event["seconds"].as_f64().unwrap()).collect();
    assert!(left.len() <= 3 && left[0] >= 400.0, "{left:?}");
    assert_eq!(left.last(), Some(&0.0), "nothing is left at the end");
}
