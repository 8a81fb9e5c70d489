//! `init`.

use std::io::Write;

use ecg_audit_engine::init::{self as engine, Draft};
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args;

pub(crate) fn init(args: &args::Init) -> Result<Verdict, Failure> {
    // Looking takes a while; a file that is in the way need not wait for it.
    engine::refuse_existing(&args.out, args.force)?;
    let draft = engine::init(&args.model.model, &args.data, &args.out, &args.model.options())?;
    draft.write(args.force)?;
    // A reader that closes early, such as `head`, is no failure.
    let _ = std::io::stdout().write_all(text(&draft).as_bytes());
    Ok(Verdict::Passed)
}

fn text(draft: &Draft) -> String {
    let mut text = String::new();
    for fact in &draft.facts {
        text += &format!("{fact}\n");
    }
    let file = draft.path.display();
    text += &format!("\nwrote {file}; `ecg-audit validate {file}` accepts it as it is\n");
    if !draft.choices.is_empty() {
        text += &format!(
            "\n{} choices could not be made from the files; each is marked CHOOSE in {file}:\n",
            draft.choices.len()
        );
    }
    for choice in &draft.choices {
        text += &format!("  {}\n      {}\n", choice.key, choice.why);
    }
    text
}
