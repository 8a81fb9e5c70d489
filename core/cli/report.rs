//! `report`.

use ecg_audit_engine::folder;
use ecg_audit_terminal::Failure;

use crate::Verdict;
use crate::args::{self, ReportFormat};
use crate::page;
use crate::run::{verdict, write_whole};

pub(crate) fn report(args: args::Report) -> Result<Verdict, Failure> {
    let audit = folder::read_audit(&args.run)?;
    let page = || {
        let templates = match &args.templates {
            Some(folder) => Some(folder.clone()),
            None => page::templates_of(&args.run)?,
        };
        let theme = page::theme(templates.as_deref())?;
        theme
            .html(&audit)
            .map_err(|error| Failure::message(error.to_string()))
    };
    let (name, text) = match args.format {
        ReportFormat::Html => (folder::REPORT, page()?.into_bytes()),
        ReportFormat::Markdown => ("report.md", ecg_audit_report::markdown(&audit).into_bytes()),
        ReportFormat::Junit => {
            let xml = ecg_audit_report::junit(&audit).map_err(|error| Failure::message(error.to_string()))?;
            ("junit.xml", xml.into_bytes())
        }
    };
    let folder = match (args.run.is_file(), args.run.parent()) {
        (true, Some(parent)) => parent,
        _ => &args.run,
    };
    let out = args.out.unwrap_or_else(|| folder.join(name));
    write_whole(&out, &text)
        .map_err(|e| Failure::message(format!("{} cannot be written: {e}", out.display())))?;
    println!("{}", out.display());
    Ok(verdict(&audit))
}
