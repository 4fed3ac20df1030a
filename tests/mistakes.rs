//! Manifests that are wrong: each with the code, the place and the fix that a
//! user sees, exit 3, and no panic.

use crate::support::Project;

const HEAD: &str = "[pipeline]\nname = \"bad\"\nedition = 1\n";

/// Name, what follows [`HEAD`], the code that must be told.
const TABLE: &[(&str, &str, &str)] = &[
    ("unknown table", "[step.a]\nkind = \"write\"\n", "E0201"),
    ("unknown key in [pipeline]", "sed = 3\n", "E0201"),
    ("unknown key in [sources]", "[sources.x]\npath = \"x\"\npaht = \"y\"\n", "E0201"),
    (
        "unknown key in resources",
        "[steps.a]\nkind = \"write\"\nresources = { cpus = 2 }\n",
        "E0201",
    ),
    ("a key of another tool", "[steps.a]\nkind = \"write\"\ndeps = [\"x\"]\n", "E0201"),
    (
        "unknown key of a command",
        "[steps.a]\nkind = \"command\"\nrun = [\"true\"]\nruns = 1\n",
        "E0201",
    ),
    ("wrong type", "seed = \"17\"\n", "E0202"),
    ("a step that is no table", "[steps]\na = 3\n", "E0202"),
    ("run as one text", "[steps.a]\nkind = \"command\"\nrun = \"python3 x.py\"\n", "E0202"),
    ("no kind", "[steps.a]\ntext = \"x\"\n", "E0203"),
    ("no run", "[steps.a]\nkind = \"command\"\n", "E0203"),
    ("negative seed", "seed = -1\n", "E0204"),
    (
        "NUL in a variable",
        "[steps.a]\nkind = \"command\"\nrun = [\"true\"]\nenvironment.X = \"a\\u0000b\"\n",
        "E0204",
    ),
    ("NUL in a word", "[steps.a]\nkind = \"command\"\nrun = [\"a\\u0000b\"]\n", "E0204"),
    (
        "a secret that is a variable",
        "[steps.a]\nkind = \"command\"\nrun = [\"true\"]\nsecrets = [\"X\"]\nenvironment.X = \"a\"\n",
        "E0205",
    ),
    ("the lock as a source", "[sources.x]\npath = \"./ingot.lock\"\n", "E0207"),
    (
        "a seed that nothing draws from",
        "[steps.a]\nkind = \"command\"\nrun = [\"true\"]\nseed = 3\n",
        "E0320",
    ),
    ("no such isa", "[steps.a]\nkind = \"write\"\nisa = \"sse\"\n", "E0204"),
    (
        "memory without unit",
        "[steps.a]\nkind = \"write\"\nresources = { memory = \"2 gigs\" }\n",
        "E0204",
    ),
    ("timeout without unit", "[steps.a]\nkind = \"write\"\ntimeout = \"30\"\n", "E0204"),
    ("a name with a space", "[steps.\"a b\"]\nkind = \"write\"\n", "E0205"),
    ("a reference that is none", "[steps.a]\nkind = \"join\"\ninputs.parts = \"a b\"\n", "E0206"),
    ("an absolute path", "[sources.x]\npath = \"/etc/passwd\"\n", "E0207"),
    ("a path out of the workspace", "[sources.x]\npath = \"../x\"\n", "E0207"),
    (
        "an input out of the workspace",
        "[steps.a]\nkind = \"join\"\ninputs.parts = \"./../x\"\n",
        "E0207",
    ),
    (
        "unknown param",
        "[params]\nepochs = 3\n[steps.a]\nkind = \"write\"\ntext = \"{params.epoch}\"\n",
        "E0208",
    ),
    (
        "unknown axis",
        "[steps.a]\nkind = \"command\"\nrun = [\"cat\", \"{matrix.lr}\"]\nmatrix.rate = [1]\n",
        "E0208",
    ),
    (
        "a list as a word",
        "[params]\nx = [1]\n[steps.a]\nkind = \"command\"\nrun = [\"cat\", \"{params.x}\"]\n",
        "E0209",
    ),
    ("a brace alone", "[steps.a]\nkind = \"write\"\ntext = \"{x\"\n", "E0209"),
    (
        "unknown placeholder",
        "[steps.a]\nkind = \"command\"\nrun = [\"cat\", \"{input.x}\"]\n",
        "E0209",
    ),
    ("like nothing", "[steps.a]\nlike = \"b\"\nkind = \"write\"\n", "E0210"),
    ("like each other", "[steps.a]\nlike = \"b\"\n[steps.b]\nlike = \"a\"\n", "E0210"),
    ("an empty axis", "[steps.a]\nkind = \"write\"\nmatrix.text = []\n", "E0211"),
    ("a value twice", "[steps.a]\nkind = \"write\"\nmatrix.text = [\"x\", \"x\"]\n", "E0211"),
    ("no replicates", "[steps.a]\nkind = \"write\"\nreplicates = 0\n", "E0211"),
    (
        "a gate without bound",
        "[steps.a]\nkind = \"write\"\n[[steps.a.gates]]\nmetric = \"x\"\n",
        "E0212",
    ),
    (
        "a gate upside down",
        "[steps.a]\nkind = \"write\"\n[[steps.a.gates]]\nmetric = \"x\"\nmin = 2\nmax = 1\n",
        "E0212",
    ),
    (
        "an export over a source",
        "[sources.x]\npath = \"x\"\n[steps.a]\nkind = \"write\"\n[exports]\n\"x\" = \"a\"\n",
        "E0215",
    ),
    (
        "a source called like a step",
        "[sources.a]\npath = \"x\"\n[steps.a]\nkind = \"write\"\n",
        "E0217",
    ),
    ("a later table", "[environments.x]\npath = \"x\"\n", "E0214"),
    ("a test of nothing", "[tests.x]\nstep = \"split\"\n", "E0227"),
    ("a plugin from nowhere", "[plugins.x]\ngrants = [\"seed\"]\n", "E0203"),
    (
        "a plugin from two places",
        "[plugins.x]\npath = \"x.wasm\"\nurl = \"https://x/y\"\n",
        "E0203",
    ),
    ("a plugin without a sum", "[plugins.x]\nurl = \"https://x/y.wasm\"\n", "E0204"),
    (
        "a plugin with a sum that is none",
        "[plugins.x]\noci = \"ghcr.io/x/y:1\"\nsha256 = \"af13\"\n",
        "E0204",
    ),
    ("an unknown grant", "[plugins.x]\npath = \"x.wasm\"\ngrants = [\"network\"]\n", "E0204"),
    ("an unknown limit", "[plugins.x]\npath = \"x.wasm\"\nlimits = { cpu = 1 }\n", "E0201"),
    ("a limit without unit", "[plugins.x]\npath = \"x.wasm\"\nlimits = { memory = 5 }\n", "E0202"),
    ("a plugin out of the workspace", "[plugins.x]\npath = \"../x.wasm\"\n", "E0207"),
    ("unknown source", "[steps.a]\nkind = \"join\"\ninputs.parts = \"lines\"\n", "E0301"),
    (
        "unknown output",
        "[steps.a]\nkind = \"write\"\n[steps.b]\nkind = \"join\"\ninputs.parts = \"a.txt\"\n",
        "E0302",
    ),
    ("unknown kind", "[steps.a]\nkind = \"wriet\"\n", "E0304"),
    (
        "wrong artifact type",
        "[sources.x]\npath = \"x\"\n[steps.a]\nkind = \"learn\"\ninputs.deck = \"x\"\n",
        "E0305",
    ),
    ("missing input", "[steps.a]\nkind = \"first\"\n", "E0306"),
    ("unknown port", "[steps.a]\nkind = \"write\"\ninputs.data = \"a\"\n", "E0307"),
    (
        "several on one port",
        "[steps.a]\nkind = \"write\"\n[steps.b]\nkind = \"first\"\ninputs.text = [\"a\", \"a\"]\n",
        "E0308",
    ),
    (
        "a cycle",
        "[steps.a]\nkind = \"join\"\ninputs.parts = \"b\"\n[steps.b]\nkind = \"join\"\ninputs.parts = \"a\"\n",
        "E0309",
    ),
    (
        "which point",
        "[steps.a]\nkind = \"write\"\nmatrix.text = [\"x\", \"y\"]\n[steps.b]\nkind = \"first\"\ninputs.text = \"a\"\n",
        "E0310",
    ),
    (
        "unknown artifact type",
        "[steps.a]\nkind = \"command\"\nrun = [\"true\"]\noutputs.x = \"onnx\"\n",
        "E0311",
    ),
    (
        "splits of what has none",
        "[steps.a]\nkind = \"write\"\n[steps.b]\nkind = \"first\"\ninputs.text = \"a/test\"\n",
        "E0312",
    ),
    (
        "a command's input at a step's own name",
        "[sources.x]\npath = \"out/x\"\n[steps.a]\nkind = \"command\"\nrun = [\"true\"]\ninputs.x = \"x\"\n",
        "E0315",
    ),
    ("unknown target", "default = [\"b\"]\n[steps.a]\nkind = \"write\"\n", "E0313"),
    ("unknown param of a kind", "[steps.a]\nkind = \"write\"\ntxet = \"x\"\n", "E0401"),
    ("param of the wrong type", "[steps.a]\nkind = \"write\"\ntext = 3\n", "E0402"),
    ("param out of range", "[steps.a]\nkind = \"break\"\nhow = \"nicely\"\n", "E0403"),
    (
        "a missing source",
        "[sources.x]\npath = \"no/such.csv\"\n[steps.a]\nkind = \"first\"\ninputs.text = \"x\"\n",
        "E0501",
    ),
    ("duplicate key", "seed = 1\nseed = 2\n", "E0103"),
    ("broken TOML", "[steps.a\nkind = \"write\"\n", "E0103"),
    ("a number of another world", "seed = 99999999999999999999\n", "E0105"),
];

#[test]
fn every_mistake_has_a_code_a_place_and_a_fix() {
    let mut all = String::new();
    for (name, text, code) in TABLE {
        let project = Project::new(&format!("{HEAD}{text}"));
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{name}: {}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains(&format!("error[{code}]")), "{name}:\n{}", said.stderr);
        assert!(said.stderr.contains("--> ingot.toml:"), "{name}:\n{}", said.stderr);
        assert!(said.stderr.contains("= help: "), "{name}:\n{}", said.stderr);
        assert!(!said.stderr.contains("panicked"), "{name}:\n{}", said.stderr);
        let text = said.stderr.replace(&project.path("").display().to_string(), "WORKSPACE/");
        all.push_str(&format!("## {name}\n{text}\n"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn bytes_that_are_no_manifest_are_refused_in_words() {
    let deep = format!("{HEAD}[params]\nx = {}{}\n", "[".repeat(5000), "]".repeat(5000));
    let huge = format!("{HEAD}# {}\n", "x".repeat(33 << 20));
    let cases: [(&[u8], &str); 4] = [
        (b"[pipeline]\nname = \"\xff\"\n", "E0101"),
        (huge.as_bytes(), "E0102"),
        (deep.as_bytes(), "E0104"),
        (b"", "E0203"),
    ];
    for (bytes, code) in cases {
        let project = Project::new("");
        project.write("ingot.toml", bytes);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{code}: {}", said.stderr);
        assert!(said.stderr.contains(code), "{}", said.stderr);
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let project = Project::new(
        "[pipeline]\nname = \"x\"\nedition = 2\n[steps.a]\nkind = \"wriet\"\nseed = -1\ntimeout = 3\n",
    );
    let said = project.run(&["build"]);
    for code in ["E0213", "E0204", "E0202"] {
        assert!(said.stderr.contains(code), "{code}: {}", said.stderr);
    }
    assert_eq!(said.code, 3);
}

#[test]
fn a_missing_worker_is_a_matter_of_the_machine() {
    let project = Project::new(&format!("{HEAD}[steps.a]\nkind = \"write\"\n"));
    let output = project.command(&["plan"]).env("INGOT_WORKERS", "/nonexistent").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(text.contains("E0601") && text.contains("INGOT_WORKERS"), "{text}");
}

#[test]
fn an_optional_worker_that_is_missed_is_told_with_what_builds_it() {
    let project = Project::new(&format!(
        "{HEAD}[sources.lines]\npath = \"lines.txt\"\n[steps.a]\nkind = \"transform\"\n\
         inputs.data = \"lines\"\nsql = \"SELECT * FROM data\"\n"
    ));
    project.write("lines.txt", "");
    let build = "`cargo xtask install --sql` in Ingot's repository";
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    let missing = "error[E0601]: the worker `ingot-sql` is not installed";
    assert!(said.stderr.contains(missing) && said.stderr.contains(build), "{}", said.stderr);
    let said = project.run(&["kinds", "transform"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let unknown = "error[E0304]: there is no kind `transform`";
    assert!(said.stderr.contains(unknown) && said.stderr.contains(build), "{}", said.stderr);
    // Who needs no such kind is not told.
    project.edit("\"transform\"", "\"write\"");
    assert!(!project.run(&["plan"]).stderr.contains("ingot-sql"));
}

#[test]
fn outside_of_a_workspace_the_fix_is_named() {
    let project = Project::new(HEAD);
    std::fs::remove_file(project.path("ingot.toml")).unwrap();
    let said = project.run(&["build"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("`ingot new NAME`"), "{}", said.stderr);
}
